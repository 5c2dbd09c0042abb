package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class MemoryClaimStoreTest extends ClaimStoreContract {
  private static final long MAX_RESULT_BYTES = 10;

  @Override
  ClaimStore newStore(InstantSource clock, int maxKeys) {
    return new MemoryClaimStore(clock, maxKeys, MAX_RESULT_BYTES);
  }

  @Test
  void housekeepingFreesWhatHasExpiredAndNothingElse() {
    checkLock("short", 1, "a");
    checkLock("long", 60, "a");
    lease("running", 1, "a");
    lease("done", 1, "a");
    complete("done", "a", "\"12345678\"", null);
    clock.advance(Duration.ofSeconds(1));
    store.housekeep();
    assertThat(memory().size()).isEqualTo(3);
    clock.advance(Lease.LAPSED_RETENTION);
    store.housekeep();
    assertThat(memory().size()).isEqualTo(1);
    assertThat(memory().resultBytes()).isEqualTo(10);
    clock.advance(Lease.ENDED_RETENTION);
    store.housekeep();
    assertThat(memory().size()).isZero();
    assertThat(memory().resultBytes()).isZero();
  }

  @Test
  void housekeepingGoesOnWhereItLeftOff() {
    store = new MemoryClaimStore(clock, 5_000, MAX_RESULT_BYTES);
    for (int i = 0; i < 5_000; i++) {
      checkLock("k" + i, 1, "a");
    }
    clock.advance(Duration.ofSeconds(1));
    store.housekeep();
    assertThat(memory().size()).isBetween(1L, 4_999L);
    for (int slice = 0; slice < 5; slice++) {
      store.housekeep();
    }
    assertThat(memory().size()).isZero();
  }

  @Test
  void aCompletionWithoutRoomForItsResultIsRecordedWithoutIt() {
    lease("a", 60, "l");
    lease("b", 60, "l");
    assertThat(settled(complete("a", "l", "\"12345678\"", "h")).resultDropped()).isFalse();
    LeaseView second = settled(complete("b", "l", "1", "h"));
    assertThat(second.resultDropped()).isTrue();
    assertThat(second.result()).isNull();
    assertThat(taken(lease("b", 60, "m")).status()).isEqualTo(LeaseView.Status.COMPLETED);
  }

  @Test
  void wantOfRoomDropsLapsedLeasesBeforeItRefuses() {
    for (int i = 0; i < MAX_KEYS; i++) {
      lease("k" + i, 60, "a");
    }
    assertThat(lease("more", 60, "a")).isInstanceOf(LeaseAnswer.Full.class);
    clock.advance(Duration.ofSeconds(60));
    acquired(lease("more", 60, "a"));
  }

  @Test
  void theCountOfKeysStaysExactUnderRaces() throws Exception {
    race(
        8,
        racer -> {
          for (int i = 0; i < 2_000; i++) {
            String key = "k" + i % 10;
            checkLock(key, 60, "r" + racer);
            await(store.release(key, "r" + racer));
          }
          return racer;
        });
    int held = 0;
    for (int i = 0; i < 10; i++) {
      held +=
          checkLock("k" + i, 60, "probe").verdict() == CheckLockAnswer.Verdict.DUPLICATE ? 1 : 0;
    }
    assertThat(held).isZero();
    assertThat(memory().size()).isEqualTo(10);
  }

  private MemoryClaimStore memory() {
    return (MemoryClaimStore) store;
  }
}
