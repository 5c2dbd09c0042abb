package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.OutageReason;

/** The circuit: what opens it, what an open one costs, and what closes it. */
class BreakerTest {

  private static final Duration FOREVER = Duration.ofHours(1);

  private volatile int checkLockStatus = 200;
  private volatile int meStatus = 200;
  private final ScriptedServer server =
      ScriptedServer.start(
          (request, exchange) -> {
            int status = request.target().endsWith("/me") ? meStatus : checkLockStatus;
            exchange.json(status, "{\"status\":\"locked\",\"plan\":\"pro\"}");
          });

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void fiveFailuresWithNoSuccessBetweenOpenIt() {
    try (OnceOnlyClient client = client(5, FOREVER)) {
      for (int round = 0; round < 3; round++) {
        checkLockStatus = 503;
        for (int i = 0; i < 4; i++) {
          assertThat(reason(client)).isEqualTo(OutageReason.API_5XX);
        }
        checkLockStatus = 200;
        assertThat(reason(client)).isNull();
      }
      checkLockStatus = 503;
      for (int i = 0; i < 5; i++) {
        assertThat(reason(client)).isEqualTo(OutageReason.API_5XX);
      }
      awaitOpen(client);
      int sent = server.requests.size();
      for (int i = 0; i < 1_000; i++) {
        // Answered on this very thread: an open circuit costs a record nothing.
        assertThat(client.claimService().checkLock(claim()).toCompletableFuture())
            .isCompletedWithValueMatching(
                answer ->
                    answer instanceof ClaimAnswer.Unavailable u
                        && u.reason() == OutageReason.CIRCUIT_OPEN
                        && !u.inDoubt());
      }
      assertThat(server.requests).hasSize(sent);
    }
  }

  @Test
  void anAnswerThatSaysNoProvesTheApiAlive() {
    try (OnceOnlyClient client = client(2, FOREVER)) {
      for (int status : new int[] {400, 401, 402, 403, 404, 422, 429}) {
        checkLockStatus = 500;
        assertThat(reason(client)).isEqualTo(OutageReason.API_5XX);
        checkLockStatus = status;
        assertThat(answer(client))
            .isInstanceOfAny(ClaimAnswer.Refused.class, ClaimAnswer.Throttled.class);
      }
      checkLockStatus = 200;
      assertThat(reason(client)).isNull();
    }
  }

  @Test
  void itClosesByATrialOfItsOwnAndNotByARecord() {
    checkLockStatus = 503;
    meStatus = 503;
    try (OnceOnlyClient client = client(3, Duration.ofMillis(20))) {
      open(client);
      int checkLocks = count("/check-lock");
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> count("/me") >= 3);
      assertThat(reason(client)).isEqualTo(OutageReason.CIRCUIT_OPEN);
      assertThat(count("/check-lock")).isEqualTo(checkLocks);
      meStatus = 401; // even a refusal shows that the API answers
      checkLockStatus = 200;
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> reason(client) == null);
      checkLockStatus = 503;
      assertThat(reason(client)).isEqualTo(OutageReason.API_5XX);
    }
  }

  @Test
  void theTrialIsNotFooledBySomethingElseThatAnswers() {
    AtomicInteger trials = new AtomicInteger();
    try (ScriptedServer portal =
            ScriptedServer.start(
                (request, exchange) -> {
                  if (request.target().endsWith("/me")) {
                    trials.incrementAndGet();
                  }
                  exchange.send(200, Map.of("Content-Type", "text/html"), "<html>log in</html>");
                });
        OnceOnlyClient client =
            OnceOnlyClient.create(
                portal.options().breaker(new BreakerOptions(1, Duration.ofMillis(20))).build())) {
      assertThat(reason(client)).isEqualTo(OutageReason.MALFORMED);
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> trials.get() >= 3);
      assertThat(reason(client)).isEqualTo(OutageReason.CIRCUIT_OPEN);
    }
  }

  @Test
  void whatWaitsWhenItOpensIsAnsweredAtOnce() {
    CountDownLatch over = new CountDownLatch(1);
    try (ScriptedServer stuck = ScriptedServer.start((request, exchange) -> over.await());
        OnceOnlyClient client =
            OnceOnlyClient.create(
                stuck
                    .options()
                    .connections(ConnectionOptions.DEFAULTS.withBounds(1, 10, 10_000))
                    .breaker(new BreakerOptions(1, FOREVER))
                    .build())) {
      var first = client.checkLock(KeyRequest.of("first").withTimeout(Duration.ofMillis(200)));
      var waits = client.checkLock(KeyRequest.of("waits").withTimeout(Duration.ofMinutes(10)));
      assertThat(first).succeedsWithin(Duration.ofSeconds(30));
      assertThat(waits)
          .succeedsWithin(Duration.ofSeconds(30))
          .isInstanceOfSatisfying(
              CheckLockResult.FailOpen.class,
              open -> {
                assertThat(open.reason()).isEqualTo(OutageReason.CIRCUIT_OPEN);
                assertThat(open.inDoubt()).isFalse();
              });
      over.countDown();
    }
  }

  @Test
  void withoutABreakerEveryCallIsSent() {
    checkLockStatus = 503;
    try (OnceOnlyClient client =
        OnceOnlyClient.create(server.options().breaker(BreakerOptions.OFF).build())) {
      for (int i = 0; i < 20; i++) {
        assertThat(reason(client)).isEqualTo(OutageReason.API_5XX);
      }
      assertThat(count("/check-lock")).isEqualTo(20);
    }
  }

  private OnceOnlyClient client(int failures, Duration resetAfter) {
    return OnceOnlyClient.create(
        server.options().breaker(new BreakerOptions(failures, resetAfter)).build());
  }

  private static void open(OnceOnlyClient client) {
    for (int i = 0; i < 3; i++) {
      assertThat(reason(client)).isNotNull();
    }
    awaitOpen(client);
  }

  /** The count is brought up to date just after the answer. */
  private static void awaitOpen(OnceOnlyClient client) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> reason(client) == OutageReason.CIRCUIT_OPEN);
  }

  private static OutageReason reason(OnceOnlyClient client) {
    return answer(client) instanceof ClaimAnswer.Unavailable outage ? outage.reason() : null;
  }

  private static ClaimAnswer answer(OnceOnlyClient client) {
    return client.claimService().checkLock(claim()).toCompletableFuture().join();
  }

  private static ClaimRequest claim() {
    return new ClaimRequest(IdempotencyKey.of("k"), null, Map.of(), Duration.ofSeconds(30));
  }

  private int count(String target) {
    return (int) server.requests.stream().filter(r -> r.target().endsWith(target)).count();
  }
}
