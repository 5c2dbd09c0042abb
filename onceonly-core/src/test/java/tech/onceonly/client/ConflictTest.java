package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.IdempotencyKey;

/** An answer 409 to a check-lock: the API's is a duplicate, a gateway's is no answer at all. */
class ConflictTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String BLOCKED = "{\"detail\":{\"error\":\"Duplicate blocked\"}}";

  private volatile String body = "";
  private volatile Map<String, String> headers = Map.of();
  private final ScriptedServer server =
      ScriptedServer.start(
          (request, exchange) -> {
            if (request.target().endsWith("/me")) {
              exchange.send(200, Map.of("X-OnceOnly-Batch", "100"), "{\"plan\":\"pro\"}");
            } else {
              exchange.send(409, headers, body);
            }
          });
  private final OnceOnlyClient client =
      OnceOnlyClient.create(
          server
              .options()
              .failOpen(false)
              .breaker(BreakerOptions.OFF)
              .requestTimeout(PATIENCE)
              .build());

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        BLOCKED,
        "{\"detail\":{\"first_seen_at\":\"2026-01-06T10:00:00Z\"}}",
        "{\"detail\":\"duplicate blocked\"}",
        "{\"status\":\"duplicate\"}"
      })
  void theApisIsADuplicate(String told) {
    body = told;
    assertThat(client.sync().checkLock("k")).isInstanceOf(CheckLockResult.Duplicate.class);
    assertThat(ofThePort()).isInstanceOf(ClaimAnswer.Duplicate.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<html>409 Conflict</html>",
        "{\"detail\":\"the tenant is being migrated\"}",
        "{\"detail\":{\"error\":\"version_conflict\"}}",
        "{\"detail\":{\"error\":\"Duplicate bl",
        "\"duplicate\"",
        "[]",
        "{}"
      })
  void somebodyElsesIsNoVerdict(String told) {
    body = told;
    assertThatThrownBy(() -> client.sync().checkLock("k"))
        .isInstanceOf(MalformedAnswerException.class)
        .hasMessageContaining("something else answered");
    assertThat(ofThePort())
        .isInstanceOfSatisfying(
            ClaimAnswer.Unavailable.class, answer -> assertThat(answer.inDoubt()).isTrue());
  }

  @Test
  void theHeaderDecidesWhereItIsThere() {
    body = "<html>";
    headers = Map.of("X-OnceOnly-Status", "duplicate");
    assertThat(client.sync().checkLock("k")).isInstanceOf(CheckLockResult.Duplicate.class);
    body = BLOCKED;
    headers = Map.of("X-OnceOnly-Status", "locked");
    assertThatThrownBy(() -> client.sync().checkLock("k"))
        .isInstanceOf(MalformedAnswerException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", BLOCKED})
  void thatOfAWholeBatchIsNoVerdictOnAnyOfIt(String told) {
    body = told;
    client.sync().me(); // tells that there are batches
    List<CompletionStage<ClaimAnswer>> calls = new ArrayList<>();
    client
        .claimService()
        .together(
            () -> {
              calls.add(client.claimService().checkLock(claim("a")));
              calls.add(client.claimService().checkLock(claim("b")));
            });
    assertThat(calls)
        .allSatisfy(
            call ->
                assertThat(call.toCompletableFuture())
                    .succeedsWithin(PATIENCE)
                    .isInstanceOf(ClaimAnswer.Unavailable.class));
    assertThat(server.requests).anyMatch(request -> request.target().endsWith("/batch"));
  }

  private ClaimAnswer ofThePort() {
    CompletableFuture<ClaimAnswer> call =
        client.claimService().checkLock(claim("k")).toCompletableFuture();
    return call.join();
  }

  private static ClaimRequest claim(String key) {
    return new ClaimRequest(IdempotencyKey.of(key), Duration.ofSeconds(60), Map.of(), PATIENCE);
  }
}
