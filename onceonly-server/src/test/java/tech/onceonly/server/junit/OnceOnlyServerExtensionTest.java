package tech.onceonly.server.junit;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kit as its users have it: over HTTP, with a client that knows nothing of it. */
@Timeout(60)
class OnceOnlyServerExtensionTest {

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static URI seenUrl;

  @AfterAll
  static void nestedClassesHaveNotEndedTheServer() {

    assertThatCode(server::baseUrl).doesNotThrowAnyException();
  }

  @RepeatedTest(2)
  void eachTestBeginsWithNothingAtTheSameAddress() throws Exception {
    assertThat(seenUrl == null || seenUrl.equals(server.baseUrl())).isTrue();
    seenUrl = server.baseUrl();
    server.assertNoClaim();
    assertThat(checkLock("a:b:p-1").body()).contains("locked");
    server.advance(Duration.ofDays(1));
    server.answer(500);
  }

  @Test
  void claimsAndDuplicatesByTheEndOfTheKey() throws Exception {
    checkLock("billing:1:orders:header.Id:p-1");
    checkLock("billing:1:orders:header.Id:p-1");
    checkLock("billing:1:orders:header.Id:p-10");

    server.assertClaimedOnce("p-1");
    server.assertClaimedOnce("billing:1:orders:header.Id:p-10");
    server.assertClaimedOnce(key -> key.contains("p-10"));
    server.assertDuplicate("p-1");
    server.assertDuplicate(key -> key.contains("orders"));
    server.assertNoClaim("-1");
    server.assertNoClaim(key -> key.contains("refunds"));
    assertThat(server.seen()).extracting("answer").containsExactly("locked", "duplicate", "locked");
  }

  @Test
  void whatDoesNotHoldIsToldWithWhatWasSeen() throws Exception {
    assertThatThrownBy(() -> server.assertClaimedOnce("p-1"))
        .isInstanceOf(AssertionError.class)
        .hasMessage("expected exactly one claim of p-1, found 0; the server saw nothing");
    checkLock("orders:p-1");
    server.answer(402);
    checkLock("orders:p-1");
    server.answerNormally();
    lease("orders:p-1");

    assertThatThrownBy(() -> server.assertClaimedOnce("p-1"))
        .hasMessage(
            """
            expected exactly one claim of p-1, found 2; the server saw:
              check-lock orders:p-1 -> locked
              POST /v1/check-lock -> answered 402 by the test
              lease orders:p-1 -> acquired""");
    assertThatThrownBy(() -> server.assertNoClaim()).hasMessageContaining("no claim of any key");
    assertThatThrownBy(() -> server.assertNoClaim("p-1")).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> server.assertCompleted("p-1")).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> server.assertDuplicate("p-1")).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> server.assertDuplicate(key -> true))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void oneKeyOfTwoFingerprintsIsTold() throws Exception {
    send(claim("/check-lock", "orders:p-1", "100 EUR"));
    send(claim("/check-lock", "orders:p-1", "100 EUR"));
    send(claim("/ai/lease", "orders:p-2", "100 EUR"));
    server.assertNoFingerprintMismatch();
    assertThatThrownBy(() -> server.assertFingerprintMismatch("p-1"))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("expected a claim of p-1 with another fingerprint, found 0; ");

    send(claim("/check-lock", "orders:p-1", "200 EUR"));
    send(claim("/ai/lease", "orders:p-2", "200 EUR"));
    server.assertFingerprintMismatch("p-1");
    server.assertFingerprintMismatch("p-2");
    server.assertFingerprintMismatch(key -> key.startsWith("orders:"));
    server.assertNoFingerprintMismatch("p-3");
    assertThatThrownBy(() -> server.assertNoFingerprintMismatch("p-1"))
        .hasMessage(
            """
            expected no claim of p-1 with another fingerprint, found 1; the server saw:
              check-lock orders:p-1 -> locked
              check-lock orders:p-1 -> duplicate
              lease orders:p-2 -> acquired
              check-lock orders:p-1 -> duplicate
              check-lock orders:p-1 -> of another fingerprint
              lease orders:p-2 -> in_progress
              lease orders:p-2 -> of another fingerprint""");
    assertThatThrownBy(() -> server.assertNoFingerprintMismatch())
        .hasMessageStartingWith("expected no claim of any key with another fingerprint, found 2; ");
    assertThat(server.seen()).hasSize(5);
  }

  @Test
  void aCallRepeatedUnderItsIdIsOneClaim() throws Exception {
    for (int i = 0; i < 2; i++) {
      assertThat(send(post("/check-lock", "orders:p-1").header("X-Request-Id", "r-1")).body())
          .contains("locked");
    }
    server.assertClaimedOnce("p-1");
  }

  @Test
  void leasesAreCompletedAndRunOutWithTheClock() throws Exception {
    String held = leaseId(lease("orders:p-1"));
    assertThat(lease("orders:p-1").body()).contains("in_progress");
    server.assertDuplicate("p-1");

    server.advance(Duration.ofMinutes(2));
    String taken = leaseId(lease("orders:p-1"));
    assertThat(taken).isNotEqualTo(held);
    HttpResponse<String> completed =
        send(
            request("/ai/complete")
                .POST(
                    BodyPublishers.ofString(
                        "{\"key\":\"orders:p-1\",\"lease_id\":\"%s\"}".formatted(taken))));
    assertThat(completed.statusCode()).isEqualTo(200);

    server.assertCompleted("p-1");
    assertThatThrownBy(() -> server.assertClaimedOnce("p-1")).isInstanceOf(AssertionError.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 402, 403, 422, 429, 500, 503})
  void refusalsReachNoStoreUntilToldOtherwise(int status) throws Exception {
    server.answer(status);
    assertThat(checkLock("orders:p-1").statusCode()).isEqualTo(status);
    assertThat(send(request("/me").GET()).statusCode()).isEqualTo(status);
    server.assertNoClaim();

    server.answerNormally();
    assertThat(checkLock("orders:p-1").statusCode()).isEqualTo(200);
    server.assertClaimedOnce("p-1");
  }

  @Test
  void rateLimitsTellWhenToComeAgain() throws Exception {
    server.rateLimit(Duration.ofMillis(1_500));
    HttpResponse<String> limited = checkLock("orders:p-1");
    assertThat(limited.statusCode()).isEqualTo(429);
    assertThat(limited.headers().firstValue("retry-after")).hasValue("2");

    server.rateLimitFor(Duration.ofMinutes(3));
    assertThat(checkLock("orders:p-1").headers().firstValueAsLong("retry-after").orElse(0))
        .isBetween(170L, 180L);
    server.advance(Duration.ofMinutes(3));
    assertThat(checkLock("orders:p-1").statusCode()).isEqualTo(200);
  }

  @Test
  void connectionsBreak() throws Exception {
    server.closeConnections();
    assertThatThrownBy(() -> checkLock("orders:p-1")).isInstanceOf(IOException.class);
    server.answerNormally();
    server.assertNoClaim();
    assertThat(checkLock("orders:p-1").statusCode()).isEqualTo(200);
  }

  @Test
  void aLateCallIsAppliedThoughItsCallerHasGone() {
    server.delay(Duration.ofMillis(400));
    assertThatThrownBy(
            () -> send(post("/check-lock", "orders:p-1").timeout(Duration.ofMillis(100))))
        .isInstanceOf(HttpTimeoutException.class);
    await().atMost(20, SECONDS).untilAsserted(() -> server.assertClaimedOnce("p-1"));
  }

  @Test
  void aLateCallIsAnswered() throws Exception {
    server.delay(Duration.ofMillis(50));
    assertThat(checkLock("orders:p-1").body()).contains("locked");
  }

  @Test
  void aHangingCallIsBrokenOffBeforeTheNextTest() {
    server.hang();
    CompletableFuture<?> call =
        HTTP.sendAsync(post("/check-lock", "orders:p-1").build(), BodyHandlers.ofString());
    await()
        .atMost(20, SECONDS)
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> server.assertClaimedOnce("p-1"))
                    .hasMessageContaining("POST /v1/check-lock -> never answered"));
    assertThat(call).isNotDone();

    server.beforeEach(null);
    assertThatThrownBy(() -> call.get(20, SECONDS)).hasCauseInstanceOf(IOException.class);
    server.assertNoClaim();
  }

  @Test
  void wrongUseIsToldWithTheMend() {
    assertThatThrownBy(() -> server.answer(200)).hasMessageContaining("400 to 599");
    assertThatThrownBy(() -> server.delay(Duration.ZERO)).hasMessageContaining("by must be");
    assertThatThrownBy(() -> new OnceOnlyServerExtension().baseUrl())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("@RegisterExtension");
  }

  @Nested
  class InNestedClasses {
    @Test
    void theSameServerAnswers() throws Exception {
      checkLock("orders:p-1");
      server.assertClaimedOnce("p-1");
    }
  }

  @Nested
  @ExtendWith(OnceOnlyServerExtension.class)
  class AsAParameter {
    @Test
    void itIsInjected(OnceOnlyServerExtension injected) {
      assertThat(injected.baseUrl()).hasPath("/v1");
    }
  }

  @Nested
  class AsAnInstanceField {
    @RegisterExtension
    final OnceOnlyServerExtension own =
        new OnceOnlyServerExtension(options -> options.duplicateStatus(409));

    @Test
    void itRunsForEachTestWithOptionsOfItsOwn() throws Exception {
      for (int expected : new int[] {200, 409}) {
        HttpRequest.Builder request =
            HttpRequest.newBuilder(URI.create(own.baseUrl() + "/check-lock"))
                .header("Authorization", "Bearer " + own.apiKey())
                .POST(BodyPublishers.ofString("{\"key\":\"p-1\"}"));
        assertThat(send(request).statusCode()).isEqualTo(expected);
      }
      own.assertDuplicate("p-1");
    }
  }

  private static HttpResponse<String> checkLock(String key) throws Exception {
    return send(post("/check-lock", key));
  }

  private static HttpResponse<String> lease(String key) throws Exception {
    return send(post("/ai/lease", key));
  }

  private static HttpRequest.Builder post(String path, String key) {
    return request(path)
        .POST(BodyPublishers.ofString("{\"key\":\"%s\",\"ttl\":60}".formatted(key)));
  }

  private static HttpRequest.Builder claim(String path, String key, String fingerprint) {
    return request(path)
        .POST(
            BodyPublishers.ofString(
                "{\"key\":\"%s\",\"ttl\":60,\"fingerprint\":\"%s\"}".formatted(key, fingerprint)));
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(server.baseUrl() + path))
        .timeout(Duration.ofSeconds(20))
        .header("Authorization", "Bearer " + server.apiKey());
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return HTTP.send(request.build(), BodyHandlers.ofString());
  }

  private static String leaseId(HttpResponse<String> answer) {
    Matcher id = Pattern.compile("\"lease_id\":\"([^\"]+)\"").matcher(answer.body());
    assertThat(id.find()).as(answer.body()).isTrue();
    return id.group(1);
  }
}
