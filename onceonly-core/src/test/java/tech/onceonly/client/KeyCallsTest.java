package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An operator's calls: asked only of a server that declares them, and read whole. */
class KeyCallsTest {

  private static final String HELD =
      "{\"key\":\"k\",\"held\":true,\"check_lock\":{\"first_seen_at\":\"2026-01-06T10:00:00Z\","
          + "\"ttl\":60,\"ttl_left\":50},\"lease\":{\"status\":\"completed\",\"version\":3,"
          + "\"first_seen_at\":\"2026-01-06T10:00:00Z\",\"ttl\":30,\"ttl_left\":0,"
          + "\"done_at\":\"2026-01-06T10:00:09Z\",\"error_code\":null,\"result_stored\":false}}";
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Instant START = Instant.parse("2026-01-06T10:00:00Z");
  private static final KeyState STATE =
      new KeyState(
          "k",
          new KeyState.CheckLock(START, Duration.ofSeconds(60), Duration.ofSeconds(50)),
          new KeyState.Lease(
              "completed",
              3,
              START,
              Duration.ofSeconds(30),
              Duration.ZERO,
              START.plusSeconds(9),
              null));

  private volatile Map<String, String> headers = Map.of("X-OnceOnly-Keys", "true");
  private volatile int status = 200;
  private volatile String answer = HELD;
  private final ScriptedServer server =
      ScriptedServer.start(
          (request, exchange) -> {
            boolean me = request.target().equals("/v1/me");
            exchange.send(me ? 200 : status, headers, me ? "{}" : answer);
          });
  private final OnceOnlyClient client =
      OnceOnlyClient.create(
          server
              .options()
              .breaker(BreakerOptions.OFF)
              .retries(new RetryOptions(2, MILLI, MILLI, MILLI))
              .requestTimeout(Duration.ofSeconds(30))
              .build());
  private final SyncOnceOnlyClient sync = client.sync();

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void aKeyIsInspectedAndReleasedWhereTheServerDeclaresIt() {
    assertThat(sync.inspect("k")).isEqualTo(STATE);
    assertThat(client.canSeeKeys()).isTrue();
    assertThat(sync.releaseKey("k")).isEqualTo(STATE);
    assertThat(sent()).containsExactly("GET /v1/me", "GET /v1/keys/k", "DELETE /v1/keys/k");
  }

  @Test
  void aFreeKeyIsFree() {
    answer = "{\"key\":\"k\",\"held\":false}";
    assertThat(sync.inspect("k")).isEqualTo(new KeyState("k", null, null));
    assertThat(sync.inspect("k").isHeld()).isFalse();
  }

  @Test
  void keysAreListed() {
    answer = "{\"keys\":[" + HELD + "],\"cursor\":\"a b\"}";
    assertThat(sync.listKeys("p:", 10, null)).isEqualTo(new KeyPage(List.of(STATE), "a b"));
    answer = "{\"keys\":[],\"cursor\":null}";
    assertThat(sync.listKeys("p:", 10, "a b")).isEqualTo(new KeyPage(List.of(), null));
    assertThat(sent())
        .containsExactly(
            "GET /v1/me",
            "GET /v1/keys?prefix=p%3A&limit=10",
            "GET /v1/keys?prefix=p%3A&limit=10&cursor=a+b");
    assertThatThrownBy(() -> client.listKeys("", 0, null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void nothingIsAskedOfAServerThatDoesNotDeclareIt() {
    headers = Map.of();
    assertThatThrownBy(() -> sync.releaseKey("k"))
        .isInstanceOf(KeysNotOfferedException.class)
        .hasMessageContaining("--admin-key");
    assertThat(client.listKeys("", 1, null))
        .failsWithin(Duration.ofSeconds(30))
        .withThrowableThat()
        .withCauseInstanceOf(KeysNotOfferedException.class);
    assertThat(sent()).containsOnly("GET /v1/me");
  }

  @ParameterizedTest
  @CsvSource({"a/b, a%2Fb", "'a b+c', a%20b%2Bc", ".., %2E%2E", "a%2Fb, a%252Fb", "ü, %C3%BC"})
  void everyKeyIsOneSegment(String key, String segment) {
    answer = HELD.replace("\"k\"", "\"" + key + "\"");
    assertThat(sync.inspect(key).key()).isEqualTo(key);
    assertThat(sent()).contains("GET /v1/keys/" + segment);
  }

  @Test
  void aReleaseInDoubtIsNotRepeated() {
    sync.inspect("k");
    status = 503;
    answer = "{}";
    assertThatThrownBy(() -> sync.releaseKey("k")).isInstanceOf(ApiException.class);
    assertThat(sent().stream().filter(call -> call.startsWith("DELETE"))).hasSize(1);
    assertThatThrownBy(() -> sync.inspect("k")).isInstanceOf(ApiException.class);
    assertThat(sent().stream().filter(call -> call.equals("GET /v1/keys/k"))).hasSize(1 + 3);
  }

  @Test
  void answersThatAreNoneOrSayNoAreFaults() {
    answer = "{\"held\":true}";
    assertThatThrownBy(() -> sync.inspect("k")).isInstanceOf(MalformedAnswerException.class);
    status = 403;
    answer = "{\"detail\":{\"error\":\"admin_required\"}}";
    assertThatThrownBy(() -> sync.inspect("k"))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("admin_required");
  }

  private List<String> sent() {
    return server.requests.stream().map(each -> each.method() + " " + each.target()).toList();
  }
}
