package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.OutageReason;

/** Nothing hangs: not at close, not when cancelled, not without an event loop. */
class CloseTest {

  private final CountDownLatch over = new CountDownLatch(1);

  @Test
  void closeEndsWhatIsInFlightWaitingAndBackingOff() {
    try (ScriptedServer server = stuck()) {
      OnceOnlyClient client =
          OnceOnlyClient.create(
              server
                  .options()
                  .connections(ConnectionOptions.DEFAULTS.withBounds(2, 100, 10_000))
                  .build());
      List<CompletableFuture<CheckLockResult>> calls = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        calls.add(client.checkLock("k" + i));
      }
      CompletableFuture<ClaimAnswer> ported =
          client.claimService().checkLock(claim("p")).toCompletableFuture();
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> server.requests.size() >= 1);
      client.close();
      for (CompletableFuture<CheckLockResult> call : calls) {
        assertThatThrownBy(() -> call.get(30, TimeUnit.SECONDS))
            .hasCauseInstanceOf(ClientClosedException.class);
      }
      assertThat(ported)
          .succeedsWithin(Duration.ofSeconds(30))
          .isInstanceOfSatisfying(
              ClaimAnswer.Unavailable.class,
              outage -> assertThat(outage.reason()).isEqualTo(OutageReason.REQUEST_ERROR));
      client.close();
      over.countDown();
    }
  }

  @Test
  void aCallThatBacksOffEndsAtClose() {
    try (ScriptedServer server =
        ScriptedServer.start(
            (request, exchange) ->
                exchange.json(request.target().endsWith("/me") ? 503 : 200, "{}"))) {
      OnceOnlyClient client =
          OnceOnlyClient.create(
              server
                  .options()
                  .requestTimeout(Duration.ofMinutes(5))
                  .connections(ConnectionOptions.DEFAULTS.withMaxConnections(1))
                  .retries(
                      new RetryOptions(
                          3, Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMinutes(1)))
                  .build());
      CompletableFuture<Account> call = client.me();
      // Answered after it, on the same connection: so the first answer has been taken.
      assertThat(client.usageAll()).succeedsWithin(Duration.ofSeconds(30));
      client.close();
      assertThatThrownBy(() -> call.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(ClientClosedException.class);
    }
  }

  @Test
  void aClosedClientAnswersAtOnce() {
    try (ScriptedServer server = stuck()) {
      OnceOnlyClient client = OnceOnlyClient.create(server.options().build());
      client.close();
      assertThatThrownBy(() -> client.sync().checkLock("k"))
          .isInstanceOf(ClientClosedException.class);
      assertThat(client.claimService().checkLock(claim("k")).toCompletableFuture())
          .isCompletedWithValueMatching(
              answer -> answer instanceof ClaimAnswer.Unavailable u && !u.inDoubt());
      over.countDown();
    }
  }

  @Test
  void aVertxThatIsClosedUnderneathHangsNothing() {
    try (ScriptedServer server = stuck()) {
      Vertx vertx = Vertx.vertx();
      OnceOnlyClient client = OnceOnlyClient.create(server.options().vertx(vertx).build());
      CompletableFuture<CheckLockResult> inFlight = client.checkLock("k");
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> server.requests.size() == 1);
      vertx.close().toCompletionStage().toCompletableFuture().join();
      assertThat(inFlight).succeedsWithin(Duration.ofSeconds(30));
      for (int i = 0; i < 3; i++) {
        CompletableFuture<CheckLockResult> later = client.checkLock("later" + i);
        assertThatThrownBy(() -> later.get(30, TimeUnit.SECONDS))
            .hasCauseInstanceOf(ClientClosedException.class);
      }
      client.close();
      over.countDown();
    }
  }

  @Test
  void aCancelledCallThatWaitsIsNotSent() {
    try (ScriptedServer server = stuck();
        OnceOnlyClient client =
            OnceOnlyClient.create(
                server
                    .options()
                    .connections(ConnectionOptions.DEFAULTS.withBounds(1, 10, 10_000))
                    .build())) {
      CompletableFuture<CheckLockResult> first = client.checkLock("first");
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> server.requests.size() == 1);
      CompletableFuture<CheckLockResult> second = client.checkLock("second");
      CompletableFuture<CheckLockResult> third = client.checkLock("third");
      assertThat(second.cancel(true)).isTrue();
      over.countDown();
      assertThat(first).succeedsWithin(Duration.ofSeconds(30));
      assertThat(third).succeedsWithin(Duration.ofSeconds(30));
      assertThat(server.requests).noneMatch(request -> request.body().contains("second"));
    }
  }

  @Test
  void whatIsTooMuchIsSaidAtOnceAndIsNoOutage() {
    try (ScriptedServer server = stuck();
        OnceOnlyClient client =
            OnceOnlyClient.create(
                server
                    .options()
                    .connections(ConnectionOptions.DEFAULTS.withBounds(1, 1, 10_000))
                    .build())) {
      assertThat(client.checkLock("first")).isNotDone();
      assertThat(client.checkLock("second")).isNotDone();
      assertThat(client.checkLock("third"))
          .isCompletedExceptionally()
          .failsWithin(Duration.ZERO)
          .withThrowableOfType(java.util.concurrent.ExecutionException.class)
          .withCauseInstanceOf(ClientBusyException.class);
      assertThat(client.claimService().checkLock(claim("k")).toCompletableFuture())
          .isCompletedWithValue(new ClaimAnswer.Throttled(null));
      over.countDown();
    }
  }

  @Test
  void theSharedVertxIsClosedWithTheLastClient() {
    AtomicInteger made = new AtomicInteger();
    List<Vertx> all = new ArrayList<>();
    SharedVertx shared =
        new SharedVertx(
            () -> {
              made.incrementAndGet();
              all.add(Vertx.vertx());
              return all.get(all.size() - 1);
            });
    Vertx first = shared.acquire();
    assertThat(shared.acquire()).isSameAs(first);
    shared.release();
    assertThat(shared.acquire()).isSameAs(first);
    shared.release();
    shared.release();
    assertThat(shared.acquire()).isNotSameAs(first);
    shared.release();
    assertThat(made).hasValue(2);
  }

  @Test
  void anEventLoopIsNotBlocked() {
    Vertx vertx = Vertx.vertx();
    try (ScriptedServer server = stuck();
        OnceOnlyClient client = OnceOnlyClient.create(server.options().vertx(vertx).build())) {
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      vertx.runOnContext(
          v -> {
            try {
              client.sync().checkLock("k");
              thrown.complete(null);
            } catch (Throwable e) {
              thrown.complete(e);
            }
          });
      assertThat(thrown)
          .succeedsWithin(Duration.ofSeconds(30))
          .isInstanceOfSatisfying(
              IllegalStateException.class, e -> assertThat(e).hasMessageContaining("event loop"));
      assertThat(server.requests).isEmpty();
      over.countDown();
    } finally {
      vertx.close();
    }
  }

  @Test
  void anInterruptEndsTheWaitAndStaysSet() {
    try (ScriptedServer server = stuck();
        OnceOnlyClient client = OnceOnlyClient.create(server.options().build())) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> client.sync().checkLock("k"))
          .isInstanceOf(InterruptedCallException.class);
      assertThat(Thread.interrupted()).isTrue();
      over.countDown();
    }
  }

  private ScriptedServer stuck() {
    return ScriptedServer.start(
        (request, exchange) -> {
          over.await();
          exchange.json(200, "{\"status\":\"locked\"}");
        });
  }

  private static ClaimRequest claim(String key) {
    return new ClaimRequest(IdempotencyKey.of(key), null, Map.of(), Duration.ofSeconds(30));
  }
}
