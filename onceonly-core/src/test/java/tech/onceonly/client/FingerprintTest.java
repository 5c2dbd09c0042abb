package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.ClaimService;
import tech.onceonly.IdempotencyKey;

/** A fingerprint goes to the server that has declared that it takes one, and to no other. */
class FingerprintTest {

  private static final KeyRequest ASKED = KeyRequest.of("k").withFingerprint("f");

  private volatile Map<String, String> headers = Map.of("X-OnceOnly-Fingerprint", "true");
  private volatile int status = 200;
  private volatile String answer = "{\"status\":\"duplicate\"}";
  private final ScriptedServer server =
      ScriptedServer.start((request, exchange) -> exchange.send(status, headers, answer));
  private final OnceOnlyClient client = OnceOnlyClient.create(server.options().build());
  private final SyncOnceOnlyClient sync = client.sync();

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void itIsSentOnceTheServerHasDeclaredIt() {
    sync.checkLock(ASKED);
    sync.checkLock(ASKED);
    answer = "{\"status\":\"in_progress\"}";
    sync.lease(ASKED);
    sync.lease(KeyRequest.of("k"));
    assertThat(server.requests)
        .extracting(ScriptedServer.Request::body)
        .containsExactly(
            "{\"key\":\"k\"}",
            "{\"key\":\"k\",\"fingerprint\":\"f\"}",
            "{\"key\":\"k\",\"fingerprint\":\"f\"}",
            "{\"key\":\"k\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-OnceOnly-Release", "X-OnceOnly-Replay", "Date"})
  void aServerThatDoesNotDeclareItIsNeverSentOne(String other) {
    headers = Map.of(other, "true");
    for (int i = 0; i < 3; i++) {
      sync.checkLock(ASKED);
    }
    headers = Map.of("X-OnceOnly-Fingerprint", "true");
    sync.checkLock(ASKED);
    headers = Map.of("X-OnceOnly-Fingerprint", "false");
    sync.checkLock(ASKED); // declared by the answer before, and taken back by this one
    sync.checkLock(ASKED);
    assertThat(server.requests)
        .extracting(request -> request.body().contains("fingerprint"))
        .containsExactly(false, false, false, false, true, false);
  }

  @Test
  void theResultTellsOfAMismatch() {
    assertThat(sync.checkLock(ASKED).fingerprintMismatch()).isFalse();
    answer = "{\"status\":\"duplicate\",\"fingerprint_mismatch\":true}";
    assertThat(sync.checkLock(ASKED).fingerprintMismatch()).isTrue();
    assertThat(port().checkLock(claim()).toCompletableFuture().join())
        .isEqualTo(new ClaimAnswer.Duplicate(null, true));
    for (String word : new String[] {"in_progress", "completed", "failed"}) {
      answer = "{\"status\":\"%s\",\"fingerprint_mismatch\":true}".formatted(word);
      assertThat(sync.lease(ASKED).fingerprintMismatch()).as(word).isTrue();
    }
    assertThat(port().lease(claim()).toCompletableFuture().join())
        .isEqualTo(new ClaimAnswer.Failed(null, true));
    answer = "{\"status\":\"duplicate\",\"fingerprint_mismatch\":\"yes\"}";
    assertThat(sync.checkLock(ASKED).fingerprintMismatch()).isFalse();
    status = 409;
    answer = "{\"detail\":{\"error\":\"Duplicate blocked\",\"fingerprint_mismatch\":true}}";
    assertThat(sync.checkLock(ASKED).fingerprintMismatch()).isTrue();
  }

  @Test
  void oneOfUpTo128CharactersIsTaken() {
    assertThat(ASKED.withFingerprint("\uD83D\uDE00".repeat(128)).fingerprint()).hasSize(256);
    assertThat(ASKED.withFingerprint(null).fingerprint()).isNull();
    for (String bad : new String[] {"", "x".repeat(129)}) {
      assertThatThrownBy(() -> ASKED.withFingerprint(bad))
          .hasMessageContaining("fingerprint must have 1 to 128 characters, has " + bad.length());
    }
  }

  private ClaimService port() {
    return client.claimService();
  }

  private static ClaimRequest claim() {
    return new ClaimRequest(
        IdempotencyKey.of("k"), null, Map.of(), "f", Duration.ofSeconds(10), null);
  }
}
