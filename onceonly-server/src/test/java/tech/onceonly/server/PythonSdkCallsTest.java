package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What the calls of the official Python SDK send (read from its version 3.0.3), in their order, and
 * what they read of the answers.
 */
class PythonSdkCallsTest {
  private Api api;
  private PythonWire sdk;

  @BeforeEach
  void start() throws Exception {
    start(Api.options().plan(Plan.FREE));
  }

  @AfterEach
  void stop() throws Exception {
    sdk.close();
    api.close();
  }

  @Test
  void checkLockWinsAndIsADuplicateThen() throws Exception {
    String body =
        "{\"key\": \"order:1\", \"ttl\": 60, \"metadata\": {\"n\": 1, \"more\": {\"l\": [null, 1.5]}}}";
    PythonWire.Answer first = sdk.post("/v1/check-lock", body, "X-Request-Id: r-1");
    assertThat(first.status()).isEqualTo(200);
    assertThat(first.text("status")).isEqualTo("locked");
    assertThat(first.json().get("success").isBoolean()).isTrue();
    assertThat(first.text("key")).isEqualTo("order:1");
    assertThat(first.json().get("ttl").isInt()).isTrue();
    assertThat(first.json().get("first_seen_at").isNull()).isTrue();
    assertThat(first.header("X-Request-Id")).isEqualTo("r-1");

    PythonWire.Answer second = sdk.post("/v1/check-lock", body);
    assertThat(second.status()).isEqualTo(200);
    assertThat(second.text("status")).isEqualTo("duplicate");
    assertThat(second.text("first_seen_at")).isEqualTo("2026-01-06T10:00:00Z");
    assertThat(second.header("X-Request-Id")).isNotBlank();
  }

  @Test
  void aDuplicateThatIsAConflictTellsWhenItWasSeen() throws Exception {
    stop();
    start(Api.options().duplicateStatus(409));
    sdk.post("/v1/check-lock", "{\"key\": \"k\"}");
    PythonWire.Answer second = sdk.post("/v1/check-lock", "{\"key\": \"k\"}");
    assertThat(second.status()).isEqualTo(409);
    assertThat(second.json().at("/detail/first_seen_at").asText())
        .isEqualTo("2026-01-06T10:00:00Z");
  }

  /** Before httpx 0.28 with spaces and in ASCII, since then without spaces and in UTF-8. */
  @Test
  void aKeyIsTheSameHoweverItsTextIsWritten() throws Exception {
    sdk.post("/v1/check-lock", "{\"key\": \"\\u00fc \\ud83d\\ude00+1\"}");
    PythonWire.Answer again = sdk.post("/v1/check-lock", "{\"key\":\"ü 😀+1\"}");
    assertThat(again.text("status")).isEqualTo("duplicate");
    assertThat(again.text("key")).isEqualTo("ü 😀+1");

    String leased = lease("ü 😀+1", 60).text("lease_id");
    settle("complete", "ü 😀+1", leased, "");
    for (String written : new String[] {"%C3%BC+%F0%9F%98%80%2B1", "%C3%BC%20%F0%9F%98%80%2B1"}) {
      PythonWire.Answer status = sdk.get("/v1/ai/status?key=" + written);
      assertThat(status.text("status")).isEqualTo("completed");
      assertThat(status.text("key")).isEqualTo("ü 😀+1");
    }
  }

  @Test
  void theKeyOfTheDecoratorIsTakenAndItsDayIsCutToThePlan() throws Exception {
    String body = "{\"key\": \"func:%s\", \"ttl\": 86400}".formatted("0a1b".repeat(16));
    PythonWire.Answer first = sdk.post("/v1/check-lock", body);
    assertThat(first.text("status")).isEqualTo("locked");
    assertThat(first.json().get("ttl").asInt()).isEqualTo(3_600);
    assertThat(sdk.post("/v1/check-lock", body).text("status")).isEqualTo("duplicate");
  }

  @Test
  void theAccountIsTold() throws Exception {
    sdk.post("/v1/check-lock", "{\"key\": \"k\"}");
    sdk.post("/v1/check-lock", "{\"key\": \"k\"}");
    lease("k", 60);
    assertThat(sdk.get("/v1/me").text("plan")).isEqualTo("free");
    assertUsage(sdk.get("/v1/usage?kind=make").json(), 2, 1);
    assertUsage(sdk.get("/v1/usage?kind=ai").json(), 1, 0);
    PythonWire.Answer all = sdk.get("/v1/usage/all");
    assertThat(all.text("plan")).isEqualTo("free");
    assertThat(all.json().at("/make/requests_total_month").asInt()).isEqualTo(2);
    assertThat(sdk.get("/v1/events?limit=50").status()).isEqualTo(200);
    assertThat(sdk.get("/v1/metrics?from_day=2026-01-01&to_day=2026-01-31").status())
        .isEqualTo(200);
  }

  /** As the decorator for leases too, but for its key. */
  @Test
  void runFnLeasesExtendsCompletesAndReadsTheResult() throws Exception {
    PythonWire.Answer leased = lease("k", 300);
    assertThat(leased.status()).isEqualTo(200);
    assertThat(leased.text("status")).isEqualTo("acquired");
    String id = leased.text("lease_id");
    assertThat(id).isNotBlank();
    for (int beat = 0; beat < 3; beat++) {
      PythonWire.Answer extended = settle("extend", "k", id, ", \"ttl\": 300");
      assertThat(extended.status()).isEqualTo(200);
      assertThat(extended.text("status")).isEqualTo("extended");
      api.clock.advance(Duration.ofSeconds(299));
    }
    PythonWire.Answer completed = settle("complete", "k", id, ", \"result\": {\"value\": \"x\"}");
    assertThat(completed.status()).isEqualTo(200);
    assertResult("completed", "/result/value", "x");

    assertThat(lease("k", 300).text("status")).isEqualTo("completed");
    assertResult("completed", "/result/value", "x");
  }

  @Test
  void aFunctionWithoutAResultIsCompletedWithoutOne() throws Exception {
    String id = lease("k", 300).text("lease_id");
    assertThat(settle("complete", "k", id, "").status()).isEqualTo(200);
    assertThat(sdk.get("/v1/ai/result?key=k").json().path("result").isObject()).isFalse();
  }

  @Test
  void aFunctionThatRaisesHasFailedForGood() throws Exception {
    String id = lease("k", 300).text("lease_id");
    PythonWire.Answer failed =
        settle("fail", "k", id, ", \"error_code\": \"fn_error\", \"error_hash\": \"h\"");
    assertThat(failed.status()).isEqualTo(200);
    assertThat(lease("k", 300).text("status")).isEqualTo("failed");
    assertResult("failed", "/error_code", "fn_error");
  }

  /** The SDK's heartbeat does not wait for the completion, nor the completion for it. */
  @Test
  void aHeartbeatAfterTheCompletionIsRefusedAndChangesNothing() throws Exception {
    String id = lease("k", 300).text("lease_id");
    settle("complete", "k", id, ", \"result\": {\"n\": 1}");
    PythonWire.Answer late = settle("extend", "k", id, ", \"ttl\": 300");
    assertThat(late.status()).isEqualTo(409);
    assertThat(late.json().at("/detail/error").asText()).isEqualTo("lease_lost");
    assertResult("completed", "/result/n", "1");
  }

  @Test
  void whoDidNotAcquireAsksForTheStatusUntilThereIsAResult() throws Exception {
    String id = lease("k", 300).text("lease_id");
    PythonWire.Answer second = lease("k", 300);
    assertThat(second.text("status")).isEqualTo("in_progress");
    assertThat(second.json().has("lease_id")).isFalse();
    JsonNode status = sdk.get("/v1/ai/status?key=k").json();
    assertThat(status.get("status").asText()).isEqualTo("in_progress");
    assertThat(status.get("retry_after_sec").isInt()).isTrue();
    assertThat(status.get("version").isInt()).isTrue();
    settle("complete", "k", id, ", \"result\": {\"n\": 1}");
    assertThat(sdk.get("/v1/ai/status?key=k").text("status")).isEqualTo("completed");
    assertResult("completed", "/result/n", "1");
  }

  @Test
  void whatIsCancelledIsTheNextOnes() throws Exception {
    String id = lease("k", 300).text("lease_id");
    assertThat(settle("cancel", "k", id, ", \"reason\": \"later\"").status()).isEqualTo(200);
    PythonWire.Answer next = lease("k", 300);
    assertThat(next.text("status")).isEqualTo("acquired");
    assertThat(next.json().get("version").asInt()).isEqualTo(2);
    assertThat(settle("complete", "k", id, "").status()).isEqualTo(409);
  }

  /** It shows the text of {@code detail}, and takes 401 and 403 for the key's fault. */
  @Test
  void errorsAreTheOnesItKnows() throws Exception {
    PythonWire.Answer invalid =
        sdk.post("/v1/check-lock", "{\"key\": \"%s\"}".formatted("k".repeat(257)));
    assertThat(invalid.status()).isEqualTo(422);
    assertThat(invalid.json().get("detail").isArray()).isTrue();
    try (PythonWire stranger = new PythonWire(api.server.port(), "once_live_unknown")) {
      PythonWire.Answer refused = stranger.get("/v1/me");
      assertThat(refused.status()).isIn(401, 403);
      assertThat(refused.text("detail")).isEqualTo("Invalid API key");
    }
    assertThat(sdk.post("/v1/ai/run", "{\"key\": \"k\", \"ttl\": 60}").status()).isEqualTo(404);
  }

  private void start(ServerOptions.Builder options) throws Exception {
    api = Api.start(options);
    sdk = new PythonWire(api.server.port(), Api.API_KEY);
  }

  private PythonWire.Answer lease(String key, int ttl) throws Exception {
    return sdk.post(
        "/v1/ai/lease",
        "{\"key\": \"%s\", \"ttl\": %d, \"metadata\": {\"a\": \"b\"}}".formatted(key, ttl));
  }

  private PythonWire.Answer settle(String verb, String key, String leaseId, String more)
      throws Exception {
    return sdk.post(
        "/v1/ai/" + verb,
        "{\"key\": \"%s\", \"lease_id\": \"%s\"%s}".formatted(key, leaseId, more));
  }

  private void assertResult(String status, String pointer, String value) throws Exception {
    PythonWire.Answer result = sdk.get("/v1/ai/result?key=k");
    assertThat(result.status()).isEqualTo(200);
    assertThat(result.json().get("ok").asBoolean()).isTrue();
    assertThat(result.text("status")).isEqualTo(status);
    assertThat(result.text("key")).isEqualTo("k");
    assertThat(result.text("done_at")).isNotBlank();
    assertThat(result.json().at(pointer).asText()).isEqualTo(value);
  }

  private static void assertUsage(JsonNode usage, int requests, int blocked) {
    assertThat(usage.get("plan").asText()).isEqualTo("free");
    assertThat(usage.get("month").asText()).isEqualTo("2026-01");
    assertThat(usage.get("usage").isInt()).isTrue();
    assertThat(usage.get("limit").isInt()).isTrue();
    assertThat(usage.get("requests_total_month").asInt()).isEqualTo(requests);
    assertThat(usage.get("blocked_total_month").asInt()).isEqualTo(blocked);
  }
}
