package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.DUPLICATE;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.LOCKED;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * What a clock that is set makes of claims: set forward it ends them early, set back it keeps them
 * longer, and never the other way; a part of {@link ClaimStoreContract}.
 */
abstract class ClockContract extends LinearizabilityContract {
  private static final Duration HOUR = Duration.ofHours(1);

  @Test
  void aClockThatIsSetBackKeepsAClaimAsMuchLonger() {
    checkLock("k", 60, "a");
    clock.advance(HOUR.negated());
    store.housekeep();
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(DUPLICATE);
    assertThat(checkLock("k", 60, "a").verdict()).isEqualTo(LOCKED);
    clock.advance(HOUR.plusSeconds(60).minus(MILLI));
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(DUPLICATE);
    clock.advance(MILLI);
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(LOCKED);
  }

  @Test
  void aClockThatIsSetBackKeepsALeaseItsHoldersAndAnEndedOneEnded() {
    lease("held", 60, "a");
    lease("done", 60, "a");
    complete("done", "a", null, "h");
    clock.advance(HOUR.negated());
    store.housekeep();
    assertThat(taken(lease("held", 60, "b")).status()).isEqualTo(LeaseView.Status.IN_PROGRESS);
    assertThat(taken(lease("done", 60, "b")).status()).isEqualTo(LeaseView.Status.COMPLETED);
    assertThat(settled(complete("held", "a", null, "h")).version()).isEqualTo(1);
  }

  /** As every extension it counts from now. */
  @Test
  void aLeaseThatIsExtendedAfterTheClockWasSetBackEndsByTheClockThatIs() {
    lease("k", 60, "a");
    clock.advance(HOUR.negated());
    assertThat(settled(store.extend("k", "a", 60)).ttlLeftSeconds()).isEqualTo(60);
    clock.advance(Duration.ofSeconds(60).minus(MILLI));
    taken(lease("k", 60, "b"));
    clock.advance(MILLI);
    assertThat(acquired(lease("k", 60, "b")).version()).isEqualTo(2);
  }

  @Test
  void aClockThatIsSetBackStillRemembersAReleaseThatOvertookItsCheckLock() {
    await(store.release("k", "a"));
    clock.advance(HOUR.negated());
    store.housekeep();
    assertThat(checkLock("k", 60, "a").verdict()).isEqualTo(DUPLICATE);
  }

  @Test
  void whatAClockSetForwardHasEndedIsNobodysAgainWhenItIsSetBack() {
    checkLock("k", 60, "a");
    lease("k", 60, "a");
    clock.advance(HOUR);
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(LOCKED);
    assertThat(acquired(lease("k", 60, "b")).version()).isEqualTo(2);
    clock.advance(HOUR.negated());
    assertThat(checkLock("k", 60, "a").verdict()).isEqualTo(DUPLICATE);
    assertThat(await(store.release("k", "a"))).isFalse();
    lost(store.complete("k", "a", null, null));
    assertThat(settled(store.complete("k", "b", null, null)).version()).isEqualTo(2);
  }
}
