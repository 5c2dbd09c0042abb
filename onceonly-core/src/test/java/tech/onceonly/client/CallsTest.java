package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.ClaimService;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.SettleAnswer;

/** Each call of the API: what is sent, and what is made of what comes back. */
class CallsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final IdempotencyKey KEY = IdempotencyKey.of("k");
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private volatile int status = 200;
  private volatile String answer = "{}";
  private volatile Map<String, String> headers = Map.of();
  private final ScriptedServer server =
      ScriptedServer.start((request, exchange) -> exchange.send(status, headers, answer));
  private final OnceOnlyClient client =
      OnceOnlyClient.create(
          server.options().breaker(BreakerOptions.OFF).requestTimeout(TIMEOUT).build());
  private final SyncOnceOnlyClient sync = client.sync();
  private final ClaimService port = client.claimService();

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void aLeaseIsAcquired() throws Exception {
    answer =
        "{\"ok\":true,\"status\":\"acquired\",\"key\":\"k\",\"lease_id\":\"L1\",\"version\":3,"
            + "\"ttl\":60,\"ttl_left\":60,\"charged\":1}";
    LeaseResult expected = new LeaseResult.Acquired("k", "L1", 3, Duration.ofSeconds(60));
    assertThat(sync.lease(KeyRequest.of("k").withMetadata(Map.of("a", 1)))).isEqualTo(expected);
    checkSent("POST", "/v1/ai/lease", "{\"key\":\"k\",\"metadata\":{\"a\":1}}");
    assertThat(portLease()).isEqualTo(new ClaimAnswer.Acquired("L1", 3, Duration.ofSeconds(60)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"polling", "in_progress", " Polling "})
  void aLeaseIsInProgress(String word) {
    answer = "{\"status\":\"" + word + "\",\"retry_after_sec\":1.5,\"ttl_left\":40}";
    assertThat(sync.lease("k", Duration.ofSeconds(60)))
        .isEqualTo(
            new LeaseResult.InProgress(
                "k", Duration.ofMillis(1_500), Duration.ofSeconds(40), false));
    assertThat(portLease()).isEqualTo(new ClaimAnswer.InProgress(Duration.ofMillis(1_500)));
  }

  @Test
  void aLeaseHasEnded() {
    Instant done = Instant.parse("2026-01-06T10:00:00Z");
    answer = "{\"status\":\"completed\",\"done_at\":\"" + done + "\",\"result_hash\":\"h\"}";
    assertThat(sync.lease("k")).isEqualTo(new LeaseResult.Completed("k", done, "h", false));
    assertThat(portLease()).isEqualTo(new ClaimAnswer.Completed(done, false));
    answer = "{\"status\":\"failed\",\"error_code\":\"declined\",\"done_at\":\"yesterday\"}";
    assertThat(sync.lease("k")).isEqualTo(new LeaseResult.Failed("k", null, "declined", false));
    assertThat(portLease()).isEqualTo(new ClaimAnswer.Failed("declined", false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "",
        "<html>",
        "{\"status\":\"acquired\"}",
        "{\"status\":\"acquired\",\"lease_id\":\"\"}",
        "{\"status\":\"granted\",\"lease_id\":\"L\"}",
        "{\"status\":\"acquired\",\"lease_id\":\"L\"",
        "{\"status\":\"acquired\",\"lease_id\":\"L\"} {}"
      })
  void aLeaseAnswerWithoutAVerdictIsAnOutage(String body) {
    answer = body;
    assertThat(sync.lease("k"))
        .isInstanceOfSatisfying(
            LeaseResult.FailOpen.class, open -> assertThat(open.inDoubt()).isTrue());
    assertThat(portLease()).isInstanceOf(ClaimAnswer.Unavailable.class);
  }

  @Test
  void aLeaseIsExtendedCompletedFailedAndCancelled() throws Exception {
    answer = "{\"ok\":true,\"status\":\"extended\",\"key\":\"k\",\"ttl\":30,\"version\":2}";
    assertThat(sync.extend("k", "L1", Duration.ofSeconds(30)).ttl())
        .isEqualTo(Duration.ofSeconds(30));
    checkSent("POST", "/v1/ai/extend", "{\"key\":\"k\",\"lease_id\":\"L1\",\"ttl\":30}");
    answer = "";
    assertThat(sync.complete("k", "L1", Map.of("total", 12), "hash").key()).isEqualTo("k");
    checkSent(
        "POST",
        "/v1/ai/complete",
        "{\"key\":\"k\",\"lease_id\":\"L1\",\"result\":{\"total\":12},\"result_hash\":\"hash\"}");
    answer = "{\"ok\":true}";
    sync.complete("k", "L1");
    checkSent("POST", "/v1/ai/complete", "{\"key\":\"k\",\"lease_id\":\"L1\"}");
    sync.fail("k", "L1", "declined");
    checkSent(
        "POST", "/v1/ai/fail", "{\"key\":\"k\",\"lease_id\":\"L1\",\"error_code\":\"declined\"}");
    sync.cancel("k", "L1", "retry");
    checkSent("POST", "/v1/ai/cancel", "{\"key\":\"k\",\"lease_id\":\"L1\",\"reason\":\"retry\"}");
    sync.release("k", "r-1");
    checkSent("POST", "/v1/release", "{\"key\":\"k\",\"request_id\":\"r-1\"}");
  }

  @Test
  void theSettlingOfALostLeaseSaysSo() {
    status = 409;
    answer = "{\"detail\":{\"error\":\"lease_lost\"}}";
    assertThatThrownBy(() -> sync.complete("k", "L1"))
        .isInstanceOf(LeaseLostException.class)
        .hasMessage("lease_lost");
    assertThat(portSettles()).allMatch(SettleAnswer.LeaseLost.class::isInstance);
  }

  @Test
  void settlingThroughThePortIsAlwaysAValue() {
    assertThat(portSettles()).allMatch(SettleAnswer.Done.class::isInstance);
    status = 503;
    assertThat(portSettles()).allMatch(SettleAnswer.NotNow.class::isInstance);
    status = 429;
    headers = Map.of("Retry-After", "2");
    assertThat(portSettles())
        .allMatch(
            value ->
                value instanceof SettleAnswer.NotNow later
                    && Duration.ofSeconds(2).equals(later.retryAfter()));
    status = 401;
    assertThat(portSettles())
        .allMatch(value -> value instanceof SettleAnswer.Refused no && !no.aboutThisKey());
    status = 422;
    assertThat(portSettles())
        .allMatch(value -> value instanceof SettleAnswer.Refused no && no.aboutThisKey());
    status = 200;
    answer = "<html>";
    assertThat(portSettles()).allMatch(SettleAnswer.NotNow.class::isInstance);
  }

  @Test
  void aLeaseIsLookedUp() throws Exception {
    answer = "{\"status\":\"in_progress\",\"ttl_left\":12,\"retry_after_sec\":2,\"version\":4}";
    LeaseState state = sync.status("a key/ü&");
    assertThat(state.status()).isEqualTo("in_progress");
    assertThat(state.ttlLeft()).isEqualTo(Duration.ofSeconds(12));
    assertThat(state.version()).isEqualTo(4);
    checkSent("GET", "/v1/ai/status?key=a+key%2F%C3%BC%26", null);
    answer = "{\"status\":\"completed\",\"result\":{\"n\":1},\"done_at\":\"2026-01-06T10:00:00Z\"}";
    assertThat(sync.result("k"))
        .isEqualTo(
            new StoredResult(
                "k", "completed", "{\"n\":1}", null, Instant.parse("2026-01-06T10:00:00Z")));
    checkSent("GET", "/v1/ai/result?key=k", null);
  }

  @Test
  void theAccountIsLookedUp() throws Exception {
    answer = "{\"plan\":\"pro\",\"note\":null}";
    assertThat(sync.me().plan()).isEqualTo("pro");
    checkSent("GET", "/v1/me", null);
    answer = "{\"plan\":\"pro\",\"month\":\"2026-01\",\"usage\":7,\"limit\":200000}";
    assertThat(sync.usage(UsageKind.AI))
        .isEqualTo(new Usage("pro", "2026-01", 7L, 200_000L, null, null));
    checkSent("GET", "/v1/usage?kind=ai", null);
    answer = "{\"make\":{\"usage\":1}}";
    assertThat(sync.usageAll()).containsKey("make");
    checkSent("GET", "/v1/usage/all", null);
    answer = "{\"events\":[{\"type\":\"locked\"}]}";
    assertThat(sync.events(50)).containsExactly(Map.of("type", "locked"));
    checkSent("GET", "/v1/events?limit=50", null);
    answer = "[{\"day\":\"2026-01-01\"}]";
    assertThat(sync.metrics(LocalDate.of(2026, 1, 1), LocalDate.of(2026, 1, 31))).hasSize(1);
    checkSent("GET", "/v1/metrics?from_day=2026-01-01&to_day=2026-01-31", null);
    answer = "{}";
    assertThatThrownBy(() -> sync.events(1)).isInstanceOf(MalformedAnswerException.class);
  }

  @Test
  void extensionsAreKnownFromTheLatestAnswer() {
    assertThat(port.canRelease()).isFalse();
    headers = Map.of("X-OnceOnly-Release", "true");
    sync.me();
    assertThat(port.canRelease()).isTrue();
    headers = Map.of();
    sync.me();
    assertThat(port.canRelease()).isFalse();
  }

  @Test
  void argumentsAreCheckedBeforeAnythingIsSent() {
    assertThatThrownBy(() -> client.checkLock("")).hasMessageContaining("256");
    assertThatThrownBy(() -> client.checkLock("x".repeat(257))).hasMessageContaining("257");
    assertThatThrownBy(() -> client.status("")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> client.checkLock("k", Duration.ofMillis(900)))
        .hasMessageContaining("ttl");
    assertThatThrownBy(() -> client.lease("k", Duration.ofMillis(1_500)))
        .hasMessageContaining("whole seconds");
    assertThatThrownBy(
            () -> client.checkLock(KeyRequest.of("k").withMetadata(Map.of("a", "x".repeat(2_041)))))
        .hasMessageContaining("2048")
        .hasMessageContaining("2049");
    assertThatThrownBy(
            () -> client.checkLock(KeyRequest.of("k").withMetadata(Map.of("a", new Object()))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(server.requests).isEmpty();
  }

  @Test
  void theLimitsThemselvesAreTaken() {
    answer = "{\"status\":\"locked\"}";
    String key = "😀".repeat(256);
    assertThat(
            sync.checkLock(
                KeyRequest.of(key)
                    .withTtl(Duration.ofSeconds(1))
                    .withMetadata(Map.of("a", "x".repeat(2_040)))))
        .isEqualTo(
            new CheckLockResult.Locked(
                key, Duration.ofSeconds(1), server.requests.peek().header("X-Request-Id")));
  }

  @Test
  void throughThePortEvenWrongArgumentsAreAValue() {
    ClaimRequest tooMuch = new ClaimRequest(KEY, null, Map.of("a", "x".repeat(3_000)), TIMEOUT);
    assertThat(port.checkLock(tooMuch).toCompletableFuture().join())
        .isInstanceOf(ClaimAnswer.Refused.class);
    assertThat(port.lease(tooMuch).toCompletableFuture().join())
        .isInstanceOf(ClaimAnswer.Refused.class);
    answer = "{\"status\":\"locked\"}";
    ClaimRequest fraction = new ClaimRequest(KEY, Duration.ofMillis(1_500), Map.of(), TIMEOUT);
    assertThat(port.checkLock(fraction).toCompletableFuture().join())
        .isInstanceOfSatisfying(
            ClaimAnswer.Locked.class,
            locked -> assertThat(locked.ttl()).isEqualTo(Duration.ofSeconds(2)));
  }

  private ClaimAnswer portLease() {
    return port.lease(new ClaimRequest(KEY, null, Map.of(), TIMEOUT)).toCompletableFuture().join();
  }

  private List<SettleAnswer> portSettles() {
    return List.of(
        port.extend(KEY, "L1", Duration.ofSeconds(30), TIMEOUT).toCompletableFuture().join(),
        port.complete(KEY, "L1", TIMEOUT).toCompletableFuture().join(),
        port.cancel(KEY, "L1", "failed", TIMEOUT).toCompletableFuture().join(),
        port.release(KEY, "r-1", TIMEOUT).toCompletableFuture().join());
  }

  /** Takes the one request that was sent since the last look. */
  private void checkSent(String method, String target, String body) throws Exception {
    ScriptedServer.Request sent = server.requests.poll();
    assertThat(server.requests).isEmpty();
    assertThat(sent.method()).isEqualTo(method);
    assertThat(sent.target()).isEqualTo(target);
    if (body == null) {
      assertThat(sent.body()).isEmpty();
    } else {
      assertThat(JSON.readTree(sent.body())).isEqualTo(JSON.readTree(body));
    }
  }
}
