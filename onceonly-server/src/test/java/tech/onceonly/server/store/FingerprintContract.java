package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.DUPLICATE;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.LOCKED;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What every claim store must do with fingerprints; a part of {@link ClaimStoreContract}. */
abstract class FingerprintContract extends LeaseContract {
  @Test
  void aDuplicateIsToldThatTheKeyWasClaimedWithAnotherFingerprint() {
    assertThat(checkLock("k", "a", "one"))
        .isEqualTo(new CheckLockAnswer(LOCKED, 60, SettableClock.START.toEpochMilli(), false));
    assertThat(checkLock("k", "b", "two"))
        .isEqualTo(new CheckLockAnswer(DUPLICATE, 60, SettableClock.START.toEpochMilli(), true));
    assertThat(checkLock("k", "c", "one"))
        .isEqualTo(new CheckLockAnswer(DUPLICATE, 60, SettableClock.START.toEpochMilli(), false));
    // The first one stays, whoever asked meanwhile.
    assertThat(checkLock("k", "d", "two").fingerprintMismatch()).isTrue();
  }

  @Test
  void whereEitherSideHasNoneThereIsNoMismatch() {
    checkLock("with", "a", "one");
    assertThat(checkLock("with", "b", null).fingerprintMismatch()).isFalse();
    checkLock("without", "a", null);
    assertThat(checkLock("without", "b", "one").fingerprintMismatch()).isFalse();
    assertThat(checkLock("without", "c", "two").fingerprintMismatch()).isFalse();
    acquired(lease("without", "a", null));
    assertThat(mismatches(lease("without", "b", "one"))).isFalse();
  }

  @Test
  void theWinnersRequestRepeatedIsAnsweredAsTheFirstTimeWhateverItsFingerprint() {
    CheckLockAnswer first = checkLock("k", "a", "one");
    assertThat(checkLock("k", "a", "two")).isEqualTo(first);
    assertThat(checkLock("k", "b", "one").fingerprintMismatch()).isFalse();
  }

  @Test
  void itGoesWithItsClaim() {
    checkLock("k", "a", "one");
    await(store.release("k", "a"));
    assertThat(checkLock("k", "a", "two").fingerprintMismatch())
        .as("held by nobody, for a request that was released")
        .isFalse();
    assertThat(checkLock("k", "b", null).verdict()).isEqualTo(LOCKED);
    assertThat(checkLock("k", "c", "two").fingerprintMismatch()).isFalse();
    clock.advance(Duration.ofSeconds(60));
    assertThat(checkLock("k", "d", "two").verdict()).isEqualTo(LOCKED);
    assertThat(checkLock("k", "e", "one").fingerprintMismatch()).isTrue();
    clock.advance(Duration.ofSeconds(60));
    assertThat(checkLock("k", "f", null).verdict()).isEqualTo(LOCKED);
    assertThat(checkLock("k", "g", "one").fingerprintMismatch()).isFalse();
  }

  @Test
  void anOperatorsReleaseForgetsIt() {
    checkLock("k", "a", "one");
    acquired(lease("k", "l", "one"));
    await(store.keys().free("k"));
    checkLock("k", "b", null);
    acquired(lease("k", "m", null));
    assertThat(checkLock("k", "c", "two").fingerprintMismatch()).isFalse();
    assertThat(mismatches(lease("k", "n", "two"))).isFalse();
  }

  @Test
  void aLeaseKeepsItThroughExtensionAndCompletion() {
    acquired(lease("k", "a", "one"));
    assertThat(mismatches(lease("k", "b", "two"))).isTrue();
    assertThat(mismatches(lease("k", "b", "one"))).isFalse();
    settled(store.extend("k", "a", 60));
    assertThat(mismatches(lease("k", "b", "two"))).isTrue();
    settled(complete("k", "a", "{}", "h"));
    LeaseAnswer later = lease("k", "b", "two");
    assertThat(mismatches(later)).isTrue();
    assertThat(taken(later).status()).isEqualTo(LeaseView.Status.COMPLETED);
    assertThat(taken(later).resultHash()).isEqualTo("h");
    assertThat(mismatches(lease("k", "b", "one"))).isFalse();
  }

  @Test
  void theNextOwnerOfALeaseBringsItsOwn() {
    acquired(lease("k", "a", "one"));
    settled(store.cancel("k", "a"));
    acquired(lease("k", "b", "two"));
    assertThat(mismatches(lease("k", "c", "one"))).isTrue();
    clock.advance(Duration.ofSeconds(60));
    acquired(lease("k", "d", null));
    assertThat(mismatches(lease("k", "e", "one"))).isFalse();
    settled(store.fail("k", "d", "E"));
    clock.advance(Lease.ENDED_RETENTION);
    acquired(lease("k", "f", "one"));
    assertThat(mismatches(lease("k", "g", "two"))).isTrue();
  }

  private CheckLockAnswer checkLock(String key, String requestId, String fingerprint) {
    return await(store.checkLock(key, 60, requestId, fingerprint(fingerprint)));
  }

  private LeaseAnswer lease(String key, String leaseId, String fingerprint) {
    return await(store.lease(key, 60, leaseId, fingerprint(fingerprint)));
  }

  private static boolean mismatches(LeaseAnswer answer) {
    return ((LeaseAnswer.Taken) answer).fingerprintMismatch();
  }
}
