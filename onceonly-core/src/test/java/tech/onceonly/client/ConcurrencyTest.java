package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many calls at once, and shared connections: each call its own answer, once. */
class ConcurrencyTest {

  private static final Pattern KEY = Pattern.compile("\"key\":\"([^\"]+)\"");

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 64})
  void tenThousandCallsAreEachAnsweredOnceWithTheirOwnAnswer(int pipelining) throws Exception {
    try (ScriptedServer server = ScriptedServer.start(ConcurrencyTest::echo);
        OnceOnlyClient client =
            OnceOnlyClient.create(
                server
                    .options()
                    .requestTimeout(Duration.ofMinutes(5))
                    .connections(ConnectionOptions.DEFAULTS.withPipelining(pipelining))
                    .build())) {
      Queue<CompletableFuture<Integer>> endings = new ConcurrentLinkedQueue<>();
      CountDownLatch started = new CountDownLatch(4);
      for (int t = 0; t < 4; t++) {
        int thread = t;
        ScriptedServer.daemon(
            () -> {
              for (int i = 0; i < 2_500; i++) {
                String key = "k-" + thread + "-" + i;
                AtomicInteger ends = new AtomicInteger();
                endings.add(
                    client
                        .checkLock(key)
                        .thenApply(
                            result -> {
                              assertThat(result).isInstanceOf(CheckLockResult.Locked.class);
                              assertThat(result.key()).isEqualTo(key);
                              return ends.incrementAndGet();
                            }));
              }
              started.countDown();
            });
      }
      started.await();
      assertThat(endings).hasSize(10_000);
      for (CompletableFuture<Integer> ending : endings) {
        assertThat(ending).succeedsWithin(Duration.ofMinutes(2)).isEqualTo(1);
      }
      Set<String> sent = ConcurrentHashMap.newKeySet();
      Set<String> ids = ConcurrentHashMap.newKeySet();
      server.requests.forEach(
          request -> {
            sent.add(key(request));
            ids.add(request.header("X-Request-Id"));
          });
      assertThat(server.requests).hasSize(10_000);
      assertThat(sent).hasSize(10_000);
      assertThat(ids).hasSize(10_000);
      assertThat(server.connections()).isLessThanOrEqualTo(4);
    }
  }

  @Test
  void aDyingConnectionEndsEachOfItsCallsOnce() {
    AtomicInteger answered = new AtomicInteger();
    try (ScriptedServer server =
            ScriptedServer.start(
                (request, exchange) -> {
                  // Each connection dies after 20 answers, with others waiting on it.
                  if (answered.incrementAndGet() % 20 == 0) {
                    exchange.reset();
                  } else {
                    echo(request, exchange);
                  }
                });
        OnceOnlyClient client =
            OnceOnlyClient.create(
                server
                    .options()
                    .requestTimeout(Duration.ofMinutes(1))
                    .breaker(BreakerOptions.OFF)
                    .connections(
                        ConnectionOptions.DEFAULTS.withMaxConnections(2).withPipelining(32))
                    .build())) {
      List<CompletableFuture<CheckLockResult>> calls = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        calls.add(client.checkLock("k-" + i));
      }
      int locked = 0;
      Set<String> unsent = ConcurrentHashMap.newKeySet();
      for (CompletableFuture<CheckLockResult> call : calls) {
        assertThat(call).succeedsWithin(Duration.ofMinutes(2));
        CheckLockResult result = call.join();
        if (result instanceof CheckLockResult.Locked) {
          locked++;
        } else if (!((CheckLockResult.FailOpen) result).inDoubt()) {
          unsent.add(result.key());
        }
      }
      assertThat(locked).isPositive();
      assertThat(2_000 - locked).isGreaterThan(20);
      // What is called not in doubt never reached the server.
      assertThat(server.requests).noneMatch(request -> unsent.contains(key(request)));
      // And nothing was sent twice.
      assertThat(server.requests.stream().map(ConcurrencyTest::key)).doesNotHaveDuplicates();
    }
  }

  @Test
  void aShortTimeoutDoesNotEndTheOthersOnItsConnection() {
    CountDownLatch timedOut = new CountDownLatch(1);
    try (ScriptedServer server =
            ScriptedServer.start(
                (request, exchange) -> {
                  timedOut.await();
                  echo(request, exchange);
                });
        OnceOnlyClient client =
            OnceOnlyClient.create(
                server
                    .options()
                    .requestTimeout(Duration.ofMinutes(1))
                    .connections(ConnectionOptions.DEFAULTS.withMaxConnections(1).withPipelining(8))
                    .build())) {
      var hasty = client.checkLock(KeyRequest.of("hasty").withTimeout(Duration.ofMillis(100)));
      var patient = client.checkLock("patient");
      assertThat(hasty)
          .succeedsWithin(Duration.ofSeconds(30))
          .isInstanceOf(CheckLockResult.FailOpen.class);
      timedOut.countDown();
      assertThat(patient)
          .succeedsWithin(Duration.ofSeconds(30))
          .isInstanceOf(CheckLockResult.Locked.class);
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  private static void echo(ScriptedServer.Request request, ScriptedServer.Exchange exchange)
      throws java.io.IOException {
    exchange.json(200, "{\"status\":\"locked\",\"key\":\"" + key(request) + "\"}");
  }

  private static String key(ScriptedServer.Request request) {
    Matcher key = KEY.matcher(request.body());
    assertThat(key.find()).isTrue();
    return key.group(1);
  }
}
