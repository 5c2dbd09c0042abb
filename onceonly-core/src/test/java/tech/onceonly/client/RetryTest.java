package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.onceonly.ClaimRequest;
import tech.onceonly.ClaimService;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.OutageReason;

/** What is asked again, and above all what is not. */
class RetryTest {

  private static final String LOCKED = "{\"status\":\"locked\"}";

  @Test
  void nothingIsAskedAgainByDefault() {
    try (ScriptedServer server =
            ScriptedServer.start((request, exchange) -> exchange.json(503, "{}"));
        OnceOnlyClient client = OnceOnlyClient.create(server.options().build())) {
      assertThatThrownBy(() -> client.sync().me()).isInstanceOf(ApiException.class);
      assertThat(server.requests).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 502, 503, 504})
  void aCheckLockInDoubtIsNeverAskedAgain(int status) {
    try (ScriptedServer server =
            ScriptedServer.start((request, exchange) -> exchange.json(status, "{}"));
        OnceOnlyClient client = client(server, 3)) {
      assertThat(client.sync().checkLock("k")).isInstanceOf(CheckLockResult.FailOpen.class);
      assertThat(server.requests).hasSize(1);
    }
  }

  @Test
  void aCheckLockWhoseConnectionDiedIsNeverAskedAgain() {
    try (ScriptedServer server = ScriptedServer.start((request, exchange) -> exchange.reset());
        OnceOnlyClient client = client(server, 3)) {
      assertThat(client.sync().checkLock("k")).isInstanceOf(CheckLockResult.FailOpen.class);
      assertThat(server.requests).hasSize(1);
    }
  }

  @Test
  void aClaimThatRepeatsOneInDoubtCarriesItsId() {
    try (ScriptedServer server =
            ScriptedServer.start(
                (request, exchange) ->
                    exchange.send(200, Map.of("X-OnceOnly-Replay", "true"), LOCKED));
        OnceOnlyClient client = client(server, 0)) {
      ClaimService port = client.claimService();
      assertThat(port.canReplay()).isFalse();
      ClaimRequest repeat =
          new ClaimRequest(
              IdempotencyKey.of("k"), null, Map.of(), null, Duration.ofSeconds(5), "the-first-id");
      port.checkLock(repeat).toCompletableFuture().join();
      assertThat(port.canReplay()).isTrue();
      assertThat(server.requests.element().header("X-Request-Id")).isEqualTo("the-first-id");
    }
  }

  @Test
  void aServerThatReplaysIsAskedAgainWithTheSameId() {
    AtomicInteger asked = new AtomicInteger();
    try (ScriptedServer server =
            ScriptedServer.start(
                (request, exchange) -> {
                  if (asked.incrementAndGet() == 2) {
                    exchange.reset();
                  } else {
                    exchange.send(200, Map.of("X-OnceOnly-Replay", "true"), LOCKED);
                  }
                });
        OnceOnlyClient client = client(server, 3)) {
      assertThat(client.sync().checkLock("first")).isInstanceOf(CheckLockResult.Locked.class);
      assertThat(client.sync().checkLock("second")).isInstanceOf(CheckLockResult.Locked.class);
      List<String> ids =
          server.requests.stream()
              .filter(r -> r.body().contains("second"))
              .map(r -> r.header("X-Request-Id"))
              .toList();
      assertThat(ids).hasSize(2);
      assertThat(ids.get(0)).isEqualTo(ids.get(1));
    }
  }

  @Test
  void whatIsSafeIsAskedAgainAsOftenAsSet() {
    try (ScriptedServer server =
            ScriptedServer.start((request, exchange) -> exchange.json(503, "{}"));
        OnceOnlyClient client = client(server, 2)) {
      assertThatThrownBy(() -> client.sync().complete("k", "lease-1"))
          .isInstanceOf(ApiException.class);
      assertThat(server.requests).hasSize(3);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 402, 403, 404, 409, 422, 501})
  void whatWouldBeAnsweredAlikeIsNotAskedAgain(int status) {
    try (ScriptedServer server =
            ScriptedServer.start((request, exchange) -> exchange.json(status, "{}"));
        OnceOnlyClient client = client(server, 2)) {
      assertThatThrownBy(() -> client.sync().complete("k", "lease-1"))
          .isInstanceOf(OnceOnlyException.class);
      assertThat(server.requests).hasSize(1);
    }
  }

  @Test
  void a429OfACheckLockIsAskedAgainAfterWhatTheServerSays() {
    AtomicInteger asked = new AtomicInteger();
    try (ScriptedServer server =
            ScriptedServer.start(
                (request, exchange) -> {
                  if (asked.incrementAndGet() == 1) {
                    exchange.send(429, Map.of("Retry-After", "0.02"), "{}");
                  } else {
                    exchange.json(200, LOCKED);
                  }
                });
        OnceOnlyClient client = client(server, 1)) {
      assertThat(client.sync().checkLock("k")).isInstanceOf(CheckLockResult.Locked.class);
    }
  }

  @Test
  void aRetryAfterIsCapped() {
    AtomicInteger asked = new AtomicInteger();
    try (ScriptedServer server =
            ScriptedServer.start(
                (request, exchange) -> {
                  if (asked.incrementAndGet() == 1) {
                    exchange.send(429, Map.of("Retry-After", "86400"), "{}");
                  } else {
                    exchange.json(200, LOCKED);
                  }
                });
        OnceOnlyClient client = client(server, 1)) {
      assertThat(client.sync().checkLock("k")).isInstanceOf(CheckLockResult.Locked.class);
    }
  }

  @Test
  void aWaitThatPassesTheDeadlineIsNotBegun() {
    try (ScriptedServer server =
            ScriptedServer.start(
                (request, exchange) -> exchange.send(429, Map.of("Retry-After", "3600"), "{}"));
        OnceOnlyClient client =
            OnceOnlyClient.create(
                server
                    .options()
                    .requestTimeout(Duration.ofSeconds(30))
                    .retries(
                        new RetryOptions(
                            5, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMinutes(10)))
                    .build())) {
      assertThatThrownBy(() -> client.sync().checkLock("k"))
          .isInstanceOfSatisfying(
              RateLimitException.class,
              e -> assertThat(e.retryAfter()).isEqualTo(Duration.ofMinutes(10)));
      assertThat(server.requests).hasSize(1);
    }
  }

  @Test
  void aRefusedConnectionIsTriedAgainEvenForACheckLock() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    ClientOptions options =
        ClientOptions.builder()
            .environment(Map.of())
            .apiKey("secret-key-1")
            .baseUrl("http://127.0.0.1:" + port)
            .requestTimeout(Duration.ofMinutes(1))
            .breaker(BreakerOptions.OFF)
            .retries(
                new RetryOptions(
                    100, Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofSeconds(1)))
            .build();
    try (OnceOnlyClient client = OnceOnlyClient.create(options)) {
      CompletableFuture<CheckLockResult> call = client.checkLock("k");
      try (ScriptedServer server =
          ScriptedServer.start(port, (request, exchange) -> exchange.json(200, LOCKED))) {
        assertThat(call)
            .succeedsWithin(Duration.ofSeconds(30))
            .isInstanceOf(CheckLockResult.Locked.class);
        assertThat(server.requests).hasSize(1);
      }
    }
  }

  @Test
  void theBackoffDoublesAndIsCapped() {
    RetryOptions options = RetryOptions.retries(10);
    assertThat(options.backoffBefore(0)).isEqualTo(Duration.ofMillis(500));
    assertThat(options.backoffBefore(1)).isEqualTo(Duration.ofSeconds(1));
    assertThat(options.backoffBefore(3)).isEqualTo(Duration.ofSeconds(4));
    assertThat(options.backoffBefore(4)).isEqualTo(Duration.ofSeconds(5));
    assertThat(options.backoffBefore(99)).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void aTimeoutIsNotRetryableWithoutTime() {
    assertThat(Failures.timeout(false).outage()).isEqualTo(OutageReason.TIMEOUT);
    assertThat(Retries.isRetryable(Failures.circuitOpen())).isFalse();
  }

  private static OnceOnlyClient client(ScriptedServer server, int retries) {
    return OnceOnlyClient.create(
        server
            .options()
            .requestTimeout(Duration.ofSeconds(30))
            .retries(
                new RetryOptions(
                    retries, Duration.ofMillis(5), Duration.ofMillis(5), Duration.ofMillis(30)))
            .build());
  }
}
