package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.OutageReason;

/** What goes wrong below HTTP, and what is known of the claim then. */
class FaultsTest {

  private static final Duration SHORT = Duration.ofMillis(500);

  @Test
  void aHeaderThatDoesNotComeIsATimeoutInDoubt() {
    CountDownLatch over = new CountDownLatch(1);
    try (ScriptedServer server = ScriptedServer.start((request, exchange) -> over.await())) {
      expect(server.options(), SHORT, OutageReason.TIMEOUT, true);
      over.countDown();
    }
  }

  @Test
  void aBodyThatDoesNotEndIsATimeoutInDoubt() {
    CountDownLatch over = new CountDownLatch(1);
    try (ScriptedServer server =
        ScriptedServer.start(
            (request, exchange) -> {
              exchange.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"status\":\"locked\"");
              over.await();
            })) {
      expect(server.options(), SHORT, OutageReason.TIMEOUT, true);
      over.countDown();
    }
  }

  @Test
  void aBodyThatComesDropByDropIsATimeoutInDoubt() {
    CountDownLatch over = new CountDownLatch(1);
    try (ScriptedServer server =
        ScriptedServer.start(
            (request, exchange) -> {
              exchange.raw("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
              while (!over.await(20, TimeUnit.MILLISECONDS)) {
                exchange.raw(" ");
              }
            })) {
      expect(server.options(), SHORT, OutageReason.TIMEOUT, true);
      over.countDown();
    }
  }

  @Test
  void aTimedOutCallGivesItsConnectionUp() {
    CountDownLatch over = new CountDownLatch(1);
    try (ScriptedServer server =
            ScriptedServer.start(
                (request, exchange) -> {
                  if (request.body().contains("stuck")) {
                    over.await();
                  }
                  exchange.json(200, "{\"status\":\"locked\"}");
                });
        OnceOnlyClient client =
            OnceOnlyClient.create(
                server
                    .options()
                    .connections(ConnectionOptions.DEFAULTS.withMaxConnections(1).withPipelining(1))
                    .build())) {
      assertThat(client.sync().checkLock(KeyRequest.of("stuck").withTimeout(SHORT)))
          .isInstanceOf(CheckLockResult.FailOpen.class);
      assertThat(client.sync().checkLock("next")).isInstanceOf(CheckLockResult.Locked.class);
      over.countDown();
    }
  }

  @Test
  void aResetInTheBodyIsInDoubt() {
    try (ScriptedServer server =
        ScriptedServer.start(
            (request, exchange) -> {
              exchange.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"status\"");
              exchange.reset();
            })) {
      expect(server.options(), Duration.ofSeconds(30), OutageReason.REQUEST_ERROR, true);
    }
  }

  @Test
  void aResetBeforeAnyAnswerIsInDoubt() {
    try (ScriptedServer server = ScriptedServer.start((request, exchange) -> exchange.reset())) {
      expect(server.options(), Duration.ofSeconds(30), OutageReason.REQUEST_ERROR, true);
    }
  }

  @Test
  void anAnswerThatIsNoHttpIsAnOutage() {
    try (ScriptedServer server =
        ScriptedServer.start((request, exchange) -> exchange.raw("SSH-2.0-OpenSSH_9.2\r\n\r\n"))) {
      expect(server.options(), Duration.ofSeconds(30), OutageReason.REQUEST_ERROR, true);
    }
  }

  @Test
  void aRefusedConnectionWasNeverSent() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    expect(
        options("http://127.0.0.1:" + port),
        Duration.ofSeconds(30),
        OutageReason.REQUEST_ERROR,
        false);
  }

  @Test
  void anUnknownHostWasNeverSent() {
    try (OnceOnlyClient client =
        OnceOnlyClient.create(
            options("http://no-such-host.invalid").requestTimeout(Duration.ofSeconds(3)).build())) {
      assertThat(client.sync().checkLock("k"))
          .isInstanceOfSatisfying(
              CheckLockResult.FailOpen.class, open -> assertThat(open.inDoubt()).isFalse());
    }
  }

  @Test
  void aLongerAnswerThanAllowedIsMalformed() {
    try (ScriptedServer server =
        ScriptedServer.start(
            (request, exchange) ->
                exchange.json(
                    200, "{\"status\":\"locked\",\"x\":\"" + "x".repeat(10_000) + "\"}"))) {
      ClientOptions.Builder options =
          server.options().connections(ConnectionOptions.DEFAULTS.withBounds(10, 10, 2_000));
      expect(options, Duration.ofSeconds(30), OutageReason.MALFORMED, true);
    }
  }

  @Test
  void aRedirectIsNotFollowed() {
    try (ScriptedServer elsewhere =
            ScriptedServer.start(
                (request, exchange) -> exchange.json(200, "{\"status\":\"locked\"}"));
        ScriptedServer server =
            ScriptedServer.start(
                (request, exchange) ->
                    exchange.send(
                        307, Map.of("Location", elsewhere.url() + "/v1/check-lock"), ""));
        OnceOnlyClient client = OnceOnlyClient.create(server.options().build())) {
      assertThatThrownBy(() -> client.sync().checkLock("k"))
          .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(307));
      assertThat(elsewhere.requests).isEmpty();
    }
  }

  private static ClientOptions.Builder options(String url) {
    return ClientOptions.builder().environment(Map.of()).apiKey("secret-key-1").baseUrl(url);
  }

  /** Through the client, open and closed, and through the port. */
  private static void expect(
      ClientOptions.Builder options, Duration timeout, OutageReason reason, boolean inDoubt) {
    options.requestTimeout(timeout).breaker(BreakerOptions.OFF);
    try (OnceOnlyClient client = OnceOnlyClient.create(options.build())) {
      assertThat(client.sync().checkLock("k"))
          .isInstanceOfSatisfying(
              CheckLockResult.FailOpen.class,
              open -> {
                assertThat(open.reason()).describedAs("%s", open.cause()).isEqualTo(reason);
                assertThat(open.inDoubt()).isEqualTo(inDoubt);
              });
      assertThat(
              client
                  .claimService()
                  .checkLock(new ClaimRequest(IdempotencyKey.of("k"), null, Map.of(), timeout))
                  .toCompletableFuture()
                  .join())
          .isInstanceOfSatisfying(
              ClaimAnswer.Unavailable.class,
              outage -> {
                assertThat(outage.reason()).isEqualTo(reason);
                assertThat(outage.inDoubt()).isEqualTo(inDoubt);
                assertThat(outage.requestId() != null).isEqualTo(inDoubt);
              });
    }
    try (OnceOnlyClient client = OnceOnlyClient.create(options.failOpen(false).build())) {
      assertThatThrownBy(() -> client.sync().checkLock("k"))
          .isInstanceOfSatisfying(
              OnceOnlyException.class,
              e -> {
                assertThat(e.outage()).isEqualTo(reason);
                assertThat(e.inDoubt()).isEqualTo(inDoubt);
                assertThat(e.requestId()).isNotNull();
              });
      assertThatThrownBy(() -> client.sync().lease("k"))
          .isInstanceOfSatisfying(
              OnceOnlyException.class, e -> assertThat(e.outage()).isEqualTo(reason));
    }
  }
}
