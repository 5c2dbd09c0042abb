package tech.onceonly;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.GuardFixture.now;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.HoldReason;
import tech.onceonly.Decision.Process;
import tech.onceonly.Decision.Skip;

/** A claim whose effect did not happen must never make another process skip its redelivery. */
class GiveBacksTest {

  private static final String KEY = "g:1:orders:position:0/1";
  private static final String RELEASE = "release " + KEY;

  private final GuardFixture at = new GuardFixture();
  private final FakeClaimService service = at.service;
  private DeliveryGuard here;
  private DeliveryGuard elsewhere;

  @BeforeEach
  void start() {
    service.releasable = true;
    here = at.checkLock();
    elsewhere = at.checkLock();
  }

  @AfterEach
  void close() {
    at.close();
  }

  @Test
  void aReleaseThatFailedIsToldAgainUntilItIsDone() {
    failWhileTheServiceIsDown();
    at.time.advance(Duration.ofMinutes(20));
    assertThat(at.decide(elsewhere, "0/1")).isInstanceOf(Skip.class);
    service.mend();
    at.time.advance(Duration.ofSeconds(30));
    at.process(elsewhere, "0/1");
    assertThat(at.counters.count("settled.failed")).isEqualTo(1);
  }

  @Test
  void aClaimInDoubtIsGivenBackHoweverLateTheServiceDeclaresThatItTakesIt() {
    service.releasable = false;
    service.undeclared = true;
    service.fail(OutageReason.TIMEOUT, true);
    service.appliedAllTheSame = true;
    at.settle(here, at.decide(here, "0/1"), Outcome.FAILED);
    at.time.advance(Duration.ofMinutes(10));
    service.mend();
    service.releasable = true;
    at.time.advance(Duration.ofSeconds(30));
    at.process(elsewhere, "0/1");
  }

  @Test
  void aReleaseIsNotToldAgainOnceTheClaimIsAtWorkAgain() {
    failWhileTheServiceIsDown();
    service.mend();
    Process again = at.process(here, "0/1");
    long told = service.count(RELEASE);
    at.time.advance(Duration.ofMinutes(1));
    assertThat(service.count(RELEASE)).isEqualTo(told);
    assertThat(at.decide(elsewhere, "0/1")).isInstanceOf(Skip.class);
    at.settle(here, again, Outcome.SUCCEEDED);
  }

  @Test
  void aReleaseThatArrivesLateDoesNotFreeTheKeyUnderTheRetryAtWork() {
    failWhileTheServiceIsDown();
    service.mend();
    at.process(here, "0/1");
    service.releaseArrives(KEY, "r1");
    assertThat(at.decide(elsewhere, "0/1")).isInstanceOf(Skip.class);
  }

  /** Check-locks are answered, releases are not: whose the key will be is not known. */
  @Test
  void aRetryWaitsUntilItsReleaseIsAnswered() {
    service.replays = true;
    failWhileTheServiceIsDown();
    assertThat(at.decide(here, "0/1")).isInstanceOf(Hold.class);
    service.mend();
    at.settle(here, at.process(here, "0/1"), Outcome.SUCCEEDED);
    assertThat(at.decide(elsewhere, "0/1")).isInstanceOf(Skip.class);
  }

  /** The release was applied, and its answer lost; an API key that is being changed, say. */
  @Test
  void aRetryWhoseReleaseIsRefusedJustThenIsNoDuplicate() {
    service.replays = true;
    failWhileTheServiceIsDown();
    service.releaseArrives(KEY, "r1");
    service.settleAnswer = new SettleAnswer.Refused(new IllegalStateException("401"));
    assertThat(at.decide(here, "0/1")).isInstanceOf(Decision.Refuse.class);
    service.mend();
    at.process(here, "0/1");
  }

  @Test
  void whatIsClaimedAfterAnOutageIsNotFreedByItsOwnLateRelease() {
    failWhileTheServiceIsDown();
    service.fail(OutageReason.TIMEOUT, true);
    Decision retry = at.decide(here, "0/1");
    at.settle(here, retry, Outcome.SUCCEEDED);
    service.mend();
    at.time.advance(Duration.ofSeconds(10));
    assertThat(at.counters.count("afterwards.claimed")).isEqualTo(1);
    service.releaseArrives(KEY, "r1");
    assertThat(at.decide(elsewhere, "0/1")).isInstanceOf(Skip.class);
  }

  @Test
  void aCancellationThatArrivesLateDoesNotFreeTheLeaseUnderTheRetryAtWork() {
    here = at.lease();
    elsewhere = at.lease();
    failWhileTheServiceIsDown();
    service.mend();
    Process retry = at.process(here, "0/1");
    now(service.cancel(retry.claim().key(), "l1", "late", Duration.ofSeconds(1)));
    assertThat(at.decide(elsewhere, "0/1")).isInstanceOf(Hold.class);
    at.settle(here, retry, Outcome.SUCCEEDED);
    assertThat(at.decide(elsewhere, "0/1")).isInstanceOf(Skip.class);
  }

  /**
   * Its cancellation was refused, so that its lease is ours for certain: an API key was changed.
   */
  @Test
  void aRetryWhoseLeaseCannotBeExtendedJustThenKeepsIt() {
    failWithTheCancellationRefused();
    assertThat(at.decide(here, "0/1")).isInstanceOf(Hold.class);
    service.mend();
    Process again = at.process(here, "0/1");
    assertThat(again.claim().leaseId()).isEqualTo("l1");
    at.settle(here, again, Outcome.SUCCEEDED);
    assertThat(at.decide(elsewhere, "0/1")).isInstanceOf(Skip.class);
  }

  @Test
  void aRetryThatRunsInAnOutageCompletesTheLeaseThatItStillHas() {
    failWithTheCancellationRefused();
    service.fail(OutageReason.TIMEOUT, true);
    Decision again = at.decide(here, "0/1");
    assertThat(again).isInstanceOf(Decision.ProcessUnprotected.class);
    service.mend();
    at.settle(here, again, Outcome.SUCCEEDED);
    assertThat(at.decide(elsewhere, "0/1")).isInstanceOf(Skip.class);
  }

  @Test
  void aLeaseThatIsKeptIsGivenBackIfItsDeliveryDoesNotComeAgain() {
    failWithTheCancellationRefused();
    assertThat(at.decide(here, "0/1")).isInstanceOf(Hold.class);
    service.mend();
    at.time.advance(Duration.ofSeconds(5));
    at.process(elsewhere, "0/1");
  }

  @Test
  void aLeaseThatIsKeptAndIsAnothersByNowDoesNotRun() {
    failWithTheCancellationRefused();
    service.leases.remove(KEY);
    at.process(elsewhere, "0/1");
    assertThat(at.decide(here, "0/1")).isInstanceOf(Hold.class);
    service.mend();
    assertThat(at.decide(here, "0/1")).isInstanceOf(Hold.class);
    assertThat(at.counters.count("settled.failed")).isZero();
  }

  @Test
  void aRetryWhoseCancellationIsNotAnsweredWaitsForItsLeaseToRunOut() {
    here = at.lease();
    failWhileTheServiceIsDown();
    assertThat(at.decide(here, "0/1")).isInstanceOf(Hold.class);
    at.time.advance(GuardOptions.DEFAULT_LEASE_TTL.plusSeconds(1));
    service.mend();
    at.process(here, "0/1");
  }

  @Test
  void aRetryInTheSameOutageRunsUnprotected() {
    failWhileTheServiceIsDown();
    service.fail(OutageReason.TIMEOUT, true);
    Decision retry = at.decide(here, "0/1");
    assertThat(retry).isInstanceOf(Decision.ProcessUnprotected.class);
    at.settle(here, retry, Outcome.FAILED);
    service.mend();
    at.time.advance(Duration.ofSeconds(30));
    at.process(elsewhere, "0/1");
  }

  @Test
  void aDecisionBesideASlowReleaseKeepsToItsBudget() {
    Process first = at.process(here, "0/1");
    service.slowRelease = new CompletableFuture<>();
    var told = here.settle(first, Outcome.FAILED);
    var decided = here.decide(TestDelivery.at("0/1"), GuardFixture.BUDGET);
    at.time.advance(GuardFixture.BUDGET.minusMillis(1));
    assertThat(decided.toCompletableFuture()).isNotDone();
    at.time.advance(Duration.ofMillis(1));
    assertThat(now(decided)).isInstanceOf(Hold.class);
    assertThat(told.toCompletableFuture()).isNotDone();
  }

  @Test
  void aReleaseIsNotToldAgainOnceTheClaimHasRunOut() {
    failWhileTheServiceIsDown();
    at.time.advance(Duration.ofHours(1));
    long told = service.count(RELEASE);
    at.time.advance(Duration.ofHours(1));
    assertThat(service.count(RELEASE)).isEqualTo(told).isBetween(100L, 140L);
  }

  @Test
  void whatFailedIsToldAtOnceWhenItsDeliveryGoesElsewhere() {
    failWhileTheServiceIsDown();
    service.mend();
    now(here.giveBackFailed());
    at.process(elsewhere, "0/1");
  }

  @Test
  void aClaimInDoubtWhoseDeliveryWaitsIsGivenBackWhenItGoesElsewhere() {
    holdInDoubt();
    now(here.giveBackFailed());
    at.process(elsewhere, "0/1");
  }

  @Test
  void aClaimInDoubtWhoseDeliveryDoesNotComeAgainIsGivenBackByItself() {
    holdInDoubt();
    at.time.advance(Duration.ofSeconds(4));
    assertThat(at.decide(elsewhere, "0/1")).isInstanceOf(Skip.class);
    at.time.advance(Duration.ofSeconds(2));
    at.process(elsewhere, "0/1");
  }

  @Test
  void aClaimInDoubtThatIsTakenUpAgainIsNotGivenBack() {
    holdInDoubt();
    at.process(here, "0/1");
    at.time.advance(Duration.ofMinutes(1));
    assertThat(service.count(RELEASE)).isZero();
  }

  @Test
  void aCheckLockThatArrivesAfterItsReleaseHoldsTheKeyForNobody() {
    here = at.guard(at.options().failOpen(false));
    service.fail(OutageReason.TIMEOUT, true);
    at.decide(here, "0/1");
    service.mend();
    now(here.giveBackFailed());
    assertThat(service.count(RELEASE)).isEqualTo(1);
    service.checkLockArrives(KEY, "r1");
    at.process(elsewhere, "0/1");
  }

  /** The doubt was ended by a repetition that won, failed and was given back. */
  @Test
  void theQuestionInDoubtThatArrivesAfterItsRepetitionWasGivenBackLosesNothing() {
    service.replays = true;
    here = at.guard(at.options().failOpen(false));
    service.fail(OutageReason.TIMEOUT, true);
    at.decide(here, "0/1");
    service.mend();
    at.settle(here, at.process(here, "0/1"), Outcome.FAILED);
    service.checkLockArrives(KEY, "r1");
    at.process(elsewhere, "0/1");
  }

  @Test
  void aClaimThatWasNeverOursIsReleasedOnce() {
    here = at.guard(at.options().failOpen(false));
    service.fail(OutageReason.TIMEOUT, true);
    at.decide(here, "0/1");
    service.mend();
    at.time.advance(Duration.ofMinutes(30));
    assertThat(service.count(RELEASE)).isEqualTo(1);
    assertThat(at.counters.count("settle.given_up")).isZero();
  }

  @Test
  void anAbandonedCheckLockIsGivenBack() {
    now(here.abandon(at.process(here, "0/1")));
    at.process(elsewhere, "0/1");
  }

  @Test
  void anAbandonedCheckLockThatCannotBeGivenBackIsKnownAsOurs() {
    service.releasable = false;
    now(here.abandon(at.process(here, "0/1")));
    at.process(here, "0/1");
  }

  @Test
  void anAbandonedLeaseRunsOutByItself() {
    here = at.lease();
    elsewhere = at.lease();
    now(here.abandon(at.process(here, "0/1")));
    assertThat(at.decide(elsewhere, "0/1")).isInstanceOf(Hold.class);
    at.time.advance(GuardOptions.DEFAULT_LEASE_TTL.plusSeconds(1));
    at.process(elsewhere, "0/1");
  }

  @Test
  void aLeaseThatCouldNotBeGivenBackIsToldAgain() {
    here = at.lease();
    elsewhere = at.lease();
    Process first = at.process(here, "0/1");
    service.settleAnswer = new SettleAnswer.NotNow("down", null);
    at.settle(here, first, Outcome.FAILED);
    service.mend();
    at.time.advance(Duration.ofSeconds(1));
    at.process(elsewhere, "0/1");
  }

  @Test
  void whileItIsBeingGivenBackNobodyMayRelyOnThat() {
    Process first = at.process(here, "0/1");
    CompletableFuture<SettleAnswer> answer = new CompletableFuture<>();
    service.slowRelease = answer;
    var told = here.settle(first, Outcome.FAILED);
    assertThat(here.isKeptHere(first)).isTrue();
    answer.complete(new SettleAnswer.Done());
    now(told);
    assertThat(here.isKeptHere(first)).isFalse();
  }

  @Test
  void moreThanMayBeToldAtATimeAreToldInTurn() {
    here = at.guard(at.options().maxInFlight(2));
    service.settleAnswer = new SettleAnswer.NotNow("down", null);
    for (int i = 0; i < 7; i++) {
      at.settle(here, at.process(here, "0/" + i), Outcome.FAILED);
    }
    service.mend();
    now(here.giveBackFailed());
    assertThat(service.locks).isEmpty();
  }

  /** Something in the server's place answered last, or nothing has yet. */
  @Test
  void aReleaseIsToldLaterWhereTheServiceDeclaredNoneJustThen() {
    Process first = at.process(here, "0/1");
    service.releasable = false;
    at.settle(here, first, Outcome.FAILED);
    service.releasable = true;
    at.time.advance(Duration.ofMinutes(1));
    at.process(elsewhere, "0/1");
  }

  @Test
  void aServiceThatTakesNothingBackIsToldNothingHoweverOftenThatIsTried() {
    service.releasable = false;
    Process first = at.process(here, "0/1");
    at.settle(here, first, Outcome.FAILED);
    now(here.giveBackFailed());
    now(here.giveBackFailed());
    at.time.advance(Duration.ofMinutes(30));
    assertThat(service.count(RELEASE)).isZero();
    assertThat(at.counters.count("settle.given_up")).isZero();
    at.process(here, "0/1");
  }

  @Test
  void aRefusedReleaseIsToldAgainWhenTheRefusalIsMended() {
    Process first = at.process(here, "0/1");
    service.settleAnswer = new SettleAnswer.Refused(new IllegalStateException("401"));
    at.settle(here, first, Outcome.FAILED);
    at.time.advance(Duration.ofMinutes(10));
    service.mend();
    at.time.advance(Duration.ofSeconds(31));
    at.process(elsewhere, "0/1");
  }

  /** The release was applied, and its answer lost. */
  @Test
  void aRetryAfterAReleaseInDoubtHasAClaim() {
    Process first = at.process(here, "0/1");
    service.slowRelease = CompletableFuture.completedFuture(new SettleAnswer.NotNow("cut", null));
    at.settle(here, first, Outcome.FAILED);
    service.slowRelease = null;
    service.locks.clear();
    at.settle(here, at.process(here, "0/1"), Outcome.SUCCEEDED);
    assertThat(at.decide(elsewhere, "0/1")).isInstanceOf(Skip.class);
  }

  @Test
  void aReleaseWhoseAnswerWasLostIsDoneWhenItIsTheOwnersNoMore() {
    Process first = at.process(here, "0/1");
    service.slowRelease = CompletableFuture.completedFuture(new SettleAnswer.NotNow("cut", null));
    at.settle(here, first, Outcome.FAILED);
    service.slowRelease = null;
    service.locks.clear();
    at.time.advance(Duration.ofMinutes(30));
    assertThat(service.count(RELEASE)).isEqualTo(2);
    assertThat(at.counters.count("settle.given_up")).isZero();
  }

  @Test
  void aFailedClaimThatMakesRoomIsTold() {
    here = at.guard(at.options().maxUnsettled(1));
    service.releasable = false;
    at.settle(here, at.process(here, "0/1"), Outcome.FAILED);
    at.process(here, "0/2");
    assertThat(at.counters.count("settle.given_up")).isEqualTo(1);
  }

  /** It goes by itself, once the service can be reached: until then losing it would be worse. */
  @Test
  void aFailedClaimThatIsStillToBeGivenBackMakesNoRoom() {
    here = at.guard(at.options().maxUnsettled(1));
    failWhileTheServiceIsDown();
    assertThat(at.decide(here, "0/2")).isInstanceOf(Decision.ProcessUnprotected.class);
    service.mend();
    at.time.advance(Duration.ofSeconds(30));
    at.process(elsewhere, "0/1");
    at.process(here, "0/3");
  }

  @Test
  void closingTellsWhatCouldNotBeGivenBack() {
    failWhileTheServiceIsDown();
    here.close();
    assertThat(at.counters.count("settle.given_up")).isEqualTo(1);
  }

  @Test
  void withFailOpenOffMoreThanMayBeUnsettledWait() {
    here = at.guard(at.options().failOpen(false).maxUnsettled(1));
    Process first = at.process(here, "0/1");
    assertThat(at.decide(here, "0/2"))
        .isInstanceOfSatisfying(
            Hold.class, hold -> assertThat(hold.reason()).isEqualTo(HoldReason.TOO_MANY_UNSETTLED));
    at.settle(here, first, Outcome.SUCCEEDED);
    at.process(here, "0/2");
  }

  /** And every extension answered with a passing error since then. */
  private void failWithTheCancellationRefused() {
    here = at.lease();
    elsewhere = at.lease();
    Process first = at.process(here, "0/1");
    service.settleAnswer = new SettleAnswer.Refused(new IllegalStateException("401"));
    at.settle(here, first, Outcome.FAILED);
    service.settleAnswer = new SettleAnswer.NotNow("503", null);
  }

  private void failWhileTheServiceIsDown() {
    Process first = at.process(here, "0/1");
    service.settleAnswer = new SettleAnswer.NotNow("down", null);
    at.settle(here, first, Outcome.FAILED);
  }

  /** Fail-open is off; the check-lock was applied, and its answer never came. */
  private void holdInDoubt() {
    here = at.guard(at.options().failOpen(false));
    service.fail(OutageReason.TIMEOUT, true);
    service.appliedAllTheSame = true;
    assertThat(at.decide(here, "0/1")).isInstanceOf(Hold.class);
    service.mend();
  }
}
