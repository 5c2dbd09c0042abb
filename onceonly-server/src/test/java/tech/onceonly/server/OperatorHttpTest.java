package tech.onceonly.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.onceonly.server.store.ClaimStore;
import tech.onceonly.server.store.LeaseView;
import tech.onceonly.server.store.StoreUnavailableException;

/** What runs a server may ask it: whether it lives, whether it can decide, and how much it did. */
class OperatorHttpTest {
  private final Api api = Api.start(Api.options().metrics(true));

  @AfterEach
  void close() {
    api.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/health", "/health/live", "/health/ready", "/metrics"})
  void noApiKeyIsNeeded(String path) throws Exception {
    assertThat(get(path).statusCode()).isEqualTo(200);
  }

  @Test
  void theMetricsTellWhatWasDecidedAndNoKey() throws Exception {
    api.post("/check-lock", "{'key':'secret-key'}");
    api.post("/check-lock", "{'key':'secret-key'}");
    String leaseId = api.post("/ai/lease", "{'key':'secret-key'}").text("lease_id");
    api.post("/ai/complete", "{'key':'secret-key','lease_id':'" + leaseId + "'}");
    api.post("/check-lock", "{'key':''}");
    HttpResponse<String> page = get("/metrics");
    assertThat(page.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/plain; version=0.0.4");
    assertThat(page.body().lines())
        .contains(
            operations("check-lock", "locked"),
            operations("check-lock", "duplicate"),
            operations("lease", "acquired"),
            operations("settle", "completed"),
            "onceonly_server_keys 2.0",
            "onceonly_server_evicting 0.0")
        .anyMatch(
            line ->
                line.startsWith(
                    "onceonly_server_requests_seconds_count{route=\"check_lock\",status=\"200\"} 2"))
        .anyMatch(
            line ->
                line.startsWith(
                    "onceonly_server_requests_seconds_count{route=\"check_lock\",status=\"422\"} 1"))
        .anyMatch(line -> line.startsWith("jvm_memory_used_bytes"));
    assertThat(page.body()).doesNotContain("secret-key").doesNotContain(Api.API_KEY);
  }

  /** What first appears with 1 is no increase to an alert. */
  @Test
  void mismatchesOfFingerprintsAreCountedFromZero() throws Exception {
    assertThat(get("/metrics").body().lines())
        .contains(mismatches("check-lock", 0), mismatches("lease", 0));
    api.post("/check-lock", "{'key':'k','fingerprint':'one'}");
    api.post("/check-lock", "{'key':'k','fingerprint':'two'}");
    assertThat(get("/metrics").body().lines())
        .contains(mismatches("check-lock", 1), mismatches("lease", 0));
  }

  @Test
  void metricsThatAreNotWantedAreNotThere() throws Exception {
    try (Api without = Api.start()) {
      HttpRequest request =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:" + without.server.port() + "/metrics"))
              .build();
      assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode())
          .isEqualTo(404);
    }
  }

  @Test
  void aStoreThatFailsIsNotReady() {
    StoreUnavailableException fault = new StoreUnavailableException("disk full", null);
    assertThat(readyOn(Future.failedFuture(fault))).isEqualTo(503);
  }

  @Test
  void aStoreThatDoesNotAnswerIsNotReady() {
    assertThat(readyOn(Promise.<LeaseView>promise().future())).isEqualTo(503);
  }

  /** The status of the answer, on a store that answers so. */
  private static int readyOn(Future<LeaseView> found) {
    ClaimStore store =
        (ClaimStore)
            Proxy.newProxyInstance(
                ClaimStore.class.getClassLoader(),
                new Class<?>[] {ClaimStore.class},
                (proxy, method, arguments) -> {
                  assertThat(method.getName()).isEqualTo("find");
                  return found;
                });
    JsonWriter json = new JsonWriter();
    OperatorCalls calls =
        new OperatorCalls(store, ServerMetrics.NONE, json, new ErrorAnswers(json));
    ToldStatus told = new ToldStatus();
    calls.ready(told).toCompletionStage().toCompletableFuture().orTimeout(30, SECONDS).join();
    return told.status;
  }

  private static final class ToldStatus implements Exchange {
    private volatile int status;

    @Override
    public String requestId() {
      return "r";
    }

    @Override
    public Tenant tenant() {
      throw new AssertionError("it is nobody's");
    }

    @Override
    public Exchange header(CharSequence name, CharSequence value) {
      return this;
    }

    @Override
    public void send(int answered, JsonWriter json) {
      status = answered;
    }
  }

  private static String operations(String call, String outcome) {
    return "onceonly_server_operations_total{call=\"%s\",outcome=\"%s\",tenant=\"\"} 1.0"
        .formatted(call, outcome);
  }

  private static String mismatches(String call, int count) {
    return "onceonly_server_fingerprint_mismatches_total{call=\"%s\",tenant=\"\"} %d.0"
        .formatted(call, count);
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + api.server.port() + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }
}
