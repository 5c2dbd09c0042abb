package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** No store that is broken goes through {@link ConcurrentRounds} unseen. */
class BrokenStoresTest extends StoreFixture {
  @Override
  ClaimStore newStore(InstantSource clock, int maxKeys) {
    return new MemoryClaimStore(clock, 100_000, 0);
  }

  @Test
  void aStoreThatReadsAndThenWritesIsRejected() throws Exception {
    store = new ReadsAndThenWrites(store);
    assertRejectedSooner();
  }

  /** So that it is the race which is seen, and nothing else. */
  @Test
  void aStoreThatReadsAndThenWritesIsAcceptedWhereOneAlwaysAsksAlone() throws Exception {
    store = new ReadsAndThenWrites(store);
    Random random = new Random(1);
    for (int i = 0; i < 100; i++) {
      rounds(i, 1).run(random).assertLinearizable();
    }
  }

  @Test
  void aStoreThatLosesReleasesIsRejected() throws Exception {
    Map<String, String> winners = new ConcurrentHashMap<>();
    KeyStore keys = store.keys();
    store =
        new ForwardingStore(store) {
          @Override
          public Future<CheckLockAnswer> checkLock(
              String key, long ttl, String requestId, Fingerprint print) {
            return super.checkLock(key, ttl, requestId, print)
                .onSuccess(
                    answer -> {
                      if (answer.verdict() == CheckLockAnswer.Verdict.LOCKED) {
                        winners.put(key, requestId);
                      }
                    });
          }

          @Override
          public Future<Boolean> release(String key, String requestId) {
            boolean isWinner = requestId.equals(winners.get(key));
            return keys.inspect(key).map(view -> isWinner && view.claim() != null);
          }
        };
    assertRejectedSooner();
  }

  @Test
  void aStoreThatReadsWhatWasThereBeforeIsRejected() throws Exception {
    Map<String, LeaseView> seen = new ConcurrentHashMap<>();
    store =
        new ForwardingStore(store) {
          @Override
          public Future<LeaseView> find(String key) {
            return super.find(key)
                .map(
                    view -> {
                      LeaseView before = seen.put(key, view);
                      return before == null ? view : before;
                    });
          }
        };
    assertRejectedSooner();
  }

  /** By the very rounds that every store goes through. */
  private void assertRejectedSooner() throws Exception {
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      History history = rounds(i, ConcurrentRounds.THREADS).run(random);
      try {
        history.assertLinearizable();
      } catch (AssertionError e) {
        assertThat(e).hasMessageContaining("No order of these calls");
        return;
      }
    }
    throw new AssertionError("200 histories of a broken store were accepted");
  }

  private ConcurrentRounds rounds(int number, int threads) {
    return new ConcurrentRounds(this, List.of("a" + number, "b" + number), threads);
  }

  /** Takes what it has found free, whoever has it by now. */
  private static final class ReadsAndThenWrites extends ForwardingStore {
    private ReadsAndThenWrites(ClaimStore store) {
      super(store);
    }

    @Override
    public Future<LeaseAnswer> lease(
        String key, long ttlSeconds, String leaseId, Fingerprint print) {
      boolean wasFree = await(store.find(key)).status() == LeaseView.Status.FREE;
      Thread.yield();
      LeaseAnswer answer = await(store.lease(key, ttlSeconds, leaseId, print));
      if (wasFree && answer instanceof LeaseAnswer.Taken) {
        await(store.keys().free(key));
        return store.lease(key, ttlSeconds, leaseId, print);
      }
      return Future.succeededFuture(answer);
    }
  }
}
