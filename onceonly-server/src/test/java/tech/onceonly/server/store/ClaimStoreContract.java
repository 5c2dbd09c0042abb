package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.DUPLICATE;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.FULL;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.LOCKED;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every claim store must do. A store's test extends it and gives the store. */
abstract class ClaimStoreContract extends FingerprintContract {
  @Test
  void ofManyRacersForAKeyOneWins() throws Exception {
    for (int round = 0; round < 50; round++) {
      String key = "race-" + round;
      List<CheckLockAnswer.Verdict> verdicts =
          race(8, racer -> checkLock(key, 60, "r" + racer).verdict());
      assertThat(verdicts).containsOnlyOnce(LOCKED).contains(DUPLICATE).doesNotContain(FULL);
    }
  }

  @Test
  void ofManyRacersForAnExpiredKeyOneWins() throws Exception {
    for (int round = 0; round < 50; round++) {
      String key = "race-" + round;
      checkLock(key, 1, "first");
      clock.advance(Duration.ofSeconds(1));
      List<CheckLockAnswer.Verdict> verdicts =
          race(8, racer -> checkLock(key, 60, "r" + racer).verdict());
      assertThat(verdicts).containsOnlyOnce(LOCKED);
    }
  }

  @Test
  void aClaimLivesUntilItsExpirysVeryMillisecond() {
    checkLock("k", 60, "a");
    clock.advance(Duration.ofSeconds(60).minus(MILLI));
    assertThat(checkLock("k", 60, "b"))
        .isEqualTo(new CheckLockAnswer(DUPLICATE, 60, SettableClock.START.toEpochMilli(), false));
    clock.advance(MILLI);
    assertThat(checkLock("k", 60, "c").verdict()).isEqualTo(LOCKED);
  }

  @Test
  void aDuplicateDoesNotProlongTheClaim() {
    checkLock("k", 60, "a");
    clock.advance(Duration.ofSeconds(30));
    checkLock("k", 600, "b");
    clock.advance(Duration.ofSeconds(30));
    assertThat(checkLock("k", 60, "c").verdict()).isEqualTo(LOCKED);
  }

  @Test
  void theWinnersRequestRepeatedIsAnsweredAsTheFirstTime() {
    CheckLockAnswer first = checkLock("k", 60, "a");
    clock.advance(Duration.ofSeconds(10));
    assertThat(checkLock("k", 120, "a")).isEqualTo(first);
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(DUPLICATE);
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(DUPLICATE);
  }

  @Test
  void onlyTheRequestThatWonAClaimReleasesIt() {
    checkLock("k", 60, "a");
    assertThat(await(store.release("k", "b"))).isFalse();
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(DUPLICATE);
    assertThat(await(store.release("k", "a"))).isTrue();
    assertThat(await(store.release("k", "a"))).isFalse();
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(LOCKED);
    assertThat(await(store.release("k", "a"))).isFalse();
  }

  @Test
  void anExpiredClaimIsNotReleased() {
    checkLock("k", 60, "a");
    clock.advance(Duration.ofSeconds(60));
    assertThat(await(store.release("k", "a"))).isFalse();
  }

  @Test
  void aCheckLockThatComesInAfterItsReleaseHoldsTheKeyForNobody() {
    checkLock("k", 60, "a");
    assertThat(await(store.release("k", "a"))).isTrue();
    assertThat(checkLock("k", 60, "a").verdict()).isEqualTo(DUPLICATE);
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(LOCKED);
  }

  @Test
  void aReleaseThatOvertakesItsCheckLockIsRemembered() {
    assertThat(await(store.release("k", "a"))).isFalse();
    assertThat(checkLock("k", 60, "a").verdict()).isEqualTo(DUPLICATE);
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(LOCKED);
  }

  @Test
  void aReleaseIsRememberedThroughLaterClaimsAndTheirReleases() {
    await(store.release("k", "a"));
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(LOCKED);
    assertThat(await(store.release("k", "b"))).isTrue();
    assertThat(checkLock("k", 60, "a").verdict()).isEqualTo(DUPLICATE);
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(DUPLICATE);
    assertThat(checkLock("k", 1, "c").verdict()).isEqualTo(LOCKED);
    clock.advance(Duration.ofSeconds(1));
    assertThat(checkLock("k", 60, "a").verdict()).isEqualTo(DUPLICATE);
    assertThat(checkLock("k", 60, "d").verdict()).isEqualTo(LOCKED);
  }

  @Test
  void aKeyRemembersItsLastEightReleases() {
    for (int i = 0; i < 9; i++) {
      await(store.release("k", "r" + i));
    }
    for (int i = 8; i > 0; i--) {
      assertThat(checkLock("k", 60, "r" + i).verdict()).as("r" + i).isEqualTo(DUPLICATE);
    }
    assertThat(checkLock("k", 60, "r0").verdict()).isEqualTo(LOCKED);
  }

  @Test
  void aReleaseIsRememberedForFiveMinutes() {
    await(store.release("k", "a"));
    clock.advance(Duration.ofMinutes(5).minus(MILLI));
    store.housekeep();
    assertThat(checkLock("k", 60, "a").verdict()).isEqualTo(DUPLICATE);
    clock.advance(MILLI);
    assertThat(checkLock("k", 60, "a").verdict()).isEqualTo(LOCKED);
  }

  @Test
  void aFullStoreForgetsReleasesForNewKeys() {
    assumeTrue(isBoundedByKeys());
    for (int i = 0; i < MAX_KEYS; i++) {
      await(store.release("k" + i, "a"));
    }
    for (int i = 0; i < MAX_KEYS; i++) {
      assertThat(checkLock("n" + i, 60, "a").verdict()).isEqualTo(LOCKED);
    }
  }

  @Test
  void aFullStoreTakesNoReleaseThatItCanNotRemember() {
    assumeTrue(isBoundedByKeys());
    for (int i = 0; i < MAX_KEYS; i++) {
      checkLock("k" + i, 60, "a");
    }
    assertThatThrownBy(() -> await(store.release("one more", "b")))
        .hasCauseInstanceOf(StoreUnavailableException.class);
    assertThat(await(store.release("k0", "a"))).isTrue();
  }

  @Test
  void aFullStoreRefusesNewKeysAndForgetsNoLiveOne() {
    assumeTrue(isBoundedByKeys());
    for (int i = 0; i < MAX_KEYS; i++) {
      assertThat(checkLock("k" + i, 60, "a" + i).verdict()).isEqualTo(LOCKED);
    }
    assertThat(checkLock("one more", 60, "b").verdict()).isEqualTo(FULL);
    assertThat(lease("one more", 60, "l")).isInstanceOf(LeaseAnswer.Full.class);
    for (int i = 0; i < MAX_KEYS; i++) {
      assertThat(checkLock("k" + i, 60, "b").verdict()).isEqualTo(DUPLICATE);
    }
    assertThat(await(store.release("k0", "a0"))).isTrue();
    assertThat(checkLock("one more", 60, "b").verdict()).isEqualTo(LOCKED);
  }

  @Test
  void aFullStoreTakesNewKeysOnceOldOnesHaveExpired() {
    assumeTrue(isBoundedByKeys());
    for (int i = 0; i < MAX_KEYS; i++) {
      checkLock("k" + i, 60, "a");
    }
    clock.advance(Duration.ofSeconds(60));
    store.housekeep();
    for (int i = 0; i < MAX_KEYS; i++) {
      assertThat(checkLock("n" + i, 60, "a").verdict()).isEqualTo(LOCKED);
    }
  }

  @Test
  void whatIsAskedTogetherIsDecidedInOrderEachByItself() {
    List<Future<?>> asked = new ArrayList<>();
    together(
        batch -> {
          asked.add(batch.checkLock("k", 60, "a", null));
          asked.add(batch.checkLock("k", 60, "b", null));
          asked.add(batch.release("k", "b"));
          asked.add(batch.release("k", "a"));
          asked.add(batch.checkLock("k", 60, "c", null));
          asked.add(batch.lease("k", 60, "l", null));
          asked.add(batch.complete("k", "other", null, null));
          asked.add(batch.complete("k", "l", null, null));
          asked.add(batch.lease("k", 60, "m", null));
        });
    List<Object> answers = new ArrayList<>();
    asked.forEach(answer -> answers.add(await(answer)));
    assertThat(((CheckLockAnswer) answers.get(0)).verdict()).isEqualTo(LOCKED);
    assertThat(((CheckLockAnswer) answers.get(1)).verdict()).isEqualTo(DUPLICATE);
    assertThat(answers.get(2)).isEqualTo(false);
    assertThat(answers.get(3)).isEqualTo(true);
    assertThat(((CheckLockAnswer) answers.get(4)).verdict()).isEqualTo(LOCKED);
    assertThat(answers.get(5)).isInstanceOf(LeaseAnswer.Acquired.class);
    assertThat(answers.get(6)).isInstanceOf(SettleAnswer.Lost.class);
    assertThat(answers.get(7)).isInstanceOf(SettleAnswer.Settled.class);
    assertThat(answers.get(8)).isInstanceOf(LeaseAnswer.Taken.class);
  }

  @Test
  void asManyAsABatchHoldsAreAskedTogether() {
    List<Future<CheckLockAnswer>> asked = new ArrayList<>();
    together(
        batch -> {
          for (int i = 0; i < 600; i++) {
            asked.add(batch.checkLock("k" + i % (MAX_KEYS + 1), 60, "r" + i, null));
          }
        });
    List<CheckLockAnswer.Verdict> verdicts = new ArrayList<>();
    asked.forEach(answer -> verdicts.add(await(answer).verdict()));
    for (int i = 0; i < 600; i++) {
      boolean isBeyondTheBound = isBoundedByKeys() && i % (MAX_KEYS + 1) == MAX_KEYS;
      assertThat(verdicts.get(i))
          .as("operation %d", i)
          .isEqualTo(isBeyondTheBound ? FULL : i < MAX_KEYS + 1 ? LOCKED : DUPLICATE);
    }
  }

  @Test
  void claimsAndLeasesOfOneKeyDoNotMeet() {
    assertThat(checkLock("k", 60, "a").verdict()).isEqualTo(LOCKED);
    assertThat(acquired(lease("k", 60, "l")).version()).isEqualTo(1);
  }
}
