package tech.onceonly.server.store;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random operations of many threads on a fixture's store, in rounds. The clock stands still in each
 * and leaps between them, so that what expires is not a matter of when.
 */
final class ConcurrentRounds {
  static final int THREADS = 6;
  private static final int ROUNDS = 3;
  private static final int TURNS = 4;
  private static final int BATCH = 3;
  private static final List<Duration> LEAPS =
      List.of(Duration.ofMillis(999), Duration.ofSeconds(1), Duration.ofMinutes(5));

  private final StoreFixture fixture;
  private final List<String> keys;
  private final int threads;

  ConcurrentRounds(StoreFixture fixture, List<String> keys, int threads) {
    this.fixture = fixture;
    this.keys = keys;
    this.threads = threads;
  }

  History run(Random random) throws Exception {
    History history = new History();
    for (int round = 0; round < ROUNDS; round++) {
      long seed = random.nextLong();
      StoreFixture.race(
          threads,
          thread -> {
            Random own = new Random(seed + thread);
            for (int turn = 0; turn < TURNS; turn++) {
              takeTurn(history, own);
            }
            return true;
          });
      fixture.clock.advance(LEAPS.get(random.nextInt(LEAPS.size())));
    }
    return history;
  }

  private void takeTurn(History history, Random random) {
    List<Future<Void>> asked = new ArrayList<>();
    if (random.nextInt(4) > 0) {
      asked.add(ask(history, fixture.store, random));
    } else {
      fixture.together(
          batch -> {
            for (int i = 0; i < BATCH; i++) {
              asked.add(ask(history, batch, random));
            }
          });
    }
    asked.forEach(StoreFixture::await);
  }

  private Future<Void> ask(History history, ClaimStore store, Random random) {
    return history.ask(store, StoreStep.random(keys, random), fixture.clock.millis());
  }
}
