package tech.onceonly;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.HoldReason;
import tech.onceonly.Decision.Process;
import tech.onceonly.Decision.ProcessUnprotected;
import tech.onceonly.Decision.Refuse;
import tech.onceonly.Decision.Skip;
import tech.onceonly.Decision.SkipReason;
import tech.onceonly.Decision.UnprotectedReason;

class DeliveryGuardTest {

  private static final Duration BUDGET = Duration.ofSeconds(2);

  private final ManualScheduler time = new ManualScheduler();
  private final FakeClaimService service = new FakeClaimService(time::now);
  private final GuardCounters counters = new GuardCounters();
  private DeliveryGuard guard;

  @AfterEach
  void close() {
    if (guard != null) {
      guard.close();
    }
    time.shutdownNow();
  }

  @Nested
  class CheckLock {

    @Test
    void theFirstRunsAndTheSecondIsSkippedAtAnotherGuard() {
      Process first = process(checkLock(), TestDelivery.keyed("0/1", "k"));
      settle(first, Outcome.SUCCEEDED);
      DeliveryGuard elsewhere = checkLock();
      assertThat(decide(elsewhere, TestDelivery.keyed("0/2", "k")))
          .isEqualTo(new Skip(SkipReason.DUPLICATE, java.time.Instant.EPOCH, false));
    }

    @Test
    void aFinishedKeyIsSkippedWithoutACall() {
      DeliveryGuard guard = checkLock();
      settle(process(guard, TestDelivery.at("0/1")), Outcome.SUCCEEDED);
      assertThat(decide(guard, TestDelivery.at("0/1")))
          .isEqualTo(new Skip(SkipReason.FINISHED_HERE, null, false));
      assertThat(service.calls).hasSize(1);
    }

    @Test
    void theFinishedCacheForgetsWithTheService() {
      DeliveryGuard guard = guard(options().finishedCacheTtl(Duration.ofHours(2)));
      settle(process(guard, TestDelivery.at("0/1")), Outcome.SUCCEEDED);
      time.advance(Duration.ofMinutes(61));
      service.locks.clear();
      process(guard, TestDelivery.at("0/1"));
    }

    @Test
    void theFinishedCacheCanBeOff() {
      DeliveryGuard guard = guard(options().finishedCacheSize(0));
      settle(process(guard, TestDelivery.at("0/1")), Outcome.SUCCEEDED);
      assertThat(decide(guard, TestDelivery.at("0/1"))).isInstanceOf(Skip.class);
      assertThat(service.calls).hasSize(2);
    }

    @Test
    void ownRetryRunsAgainWithoutReleaseAndWithoutACall() {
      DeliveryGuard guard = checkLock();
      settle(process(guard, TestDelivery.at("0/1")), Outcome.FAILED);
      process(guard, TestDelivery.at("0/1"));
      assertThat(service.calls).hasSize(1);
    }

    @Test
    void ownRetryAfterTheClaimRanOutAsksAnew() {
      DeliveryGuard guard = checkLock();
      settle(process(guard, TestDelivery.at("0/1")), Outcome.FAILED);
      time.advance(Duration.ofHours(2));
      assertThat(decide(guard, TestDelivery.at("0/1"))).isInstanceOf(Skip.class);
      assertThat(service.calls).hasSize(2);
    }

    @Test
    void aFailedClaimIsGivenBackWhereTheServiceTakesIt() {
      service.releasable = true;
      settle(process(checkLock(), TestDelivery.at("0/1")), Outcome.FAILED);
      process(checkLock(), TestDelivery.at("0/1"));
      assertThat(service.count("release g:1:orders:position:0/1")).isEqualTo(1);
    }

    @Test
    void aReleaseThatIsRefusedLeavesTheClaimOurs() {
      service.releasable = true;
      service.replays = true;
      DeliveryGuard guard = checkLock();
      Process first = process(guard, TestDelivery.at("0/1"));
      service.settleAnswer = new SettleAnswer.Refused(new IllegalStateException("403"));
      settle(first, Outcome.FAILED);
      process(guard, TestDelivery.at("0/1"));
    }

    @Test
    void whileOneRunsAnotherOfItsKeyWaitsAndRunsIfTheFirstFails() {
      DeliveryGuard guard = checkLock();
      Process first = process(guard, TestDelivery.keyed("0/1", "k"));
      assertThat(decide(guard, TestDelivery.keyed("0/2", "k")))
          .isInstanceOfSatisfying(
              Hold.class, hold -> assertThat(hold.reason()).isEqualTo(HoldReason.IN_PROGRESS_HERE));
      settle(first, Outcome.FAILED);
      process(guard, TestDelivery.keyed("0/2", "k"));
    }

    @Test
    void theWaitBesideOneThatRunsGrowsWithIts() {
      DeliveryGuard guard = checkLock();
      Process unused = process(guard, TestDelivery.keyed("0/1", "k"));
      assertThat(holdBeside(guard)).hasMillis(50);
      time.advance(Duration.ofMillis(300));
      assertThat(holdBeside(guard)).hasMillis(300);
      time.advance(Duration.ofMinutes(5));
      assertThat(holdBeside(guard)).hasSeconds(1);
    }

    private Duration holdBeside(DeliveryGuard guard) {
      return ((Hold) decide(guard, TestDelivery.keyed("0/2", "k"))).retryAfter();
    }

    @Test
    void equalKeysOfOneBatchAreDecidedInOrder() {
      DeliveryGuard guard = checkLock();
      service.slow = true;
      List<CompletionStage<Decision>> decisions =
          guard.decideAll(
              List.of(
                  TestDelivery.keyed("0/1", "k"),
                  TestDelivery.keyed("0/2", "k"),
                  TestDelivery.keyed("0/3", "other")),
              BUDGET);
      assertThat(decisions).noneMatch(DeliveryGuardTest::isDone);
      service.answerNext();
      assertThat(now(decisions.get(0))).isInstanceOf(Process.class);
      assertThat(now(decisions.get(1))).isInstanceOf(Hold.class);
      assertThat(isDone(decisions.get(2))).isFalse();
      service.answerNext();
      assertThat(now(decisions.get(2))).isInstanceOf(Process.class);
      assertThat(service.calls).hasSize(2);
    }

    @Test
    void followersOfADuplicateAreSkippedWithIt() {
      service.locks.put("g:1:orders:header.Idempotency-Key:k", "someone");
      List<CompletionStage<Decision>> decisions =
          checkLockSlow()
              .decideAll(
                  List.of(TestDelivery.keyed("0/1", "k"), TestDelivery.keyed("0/2", "k")), BUDGET);
      service.answerNext();
      assertThat(decisions).allMatch(decision -> now(decision) instanceof Skip);
      assertThat(service.calls).hasSize(1);
    }

    @Test
    void byCommitARetryOfTheSameRecordRunsAndAnotherOfItsKeyIsSkipped() {
      DeliveryGuard guard = guard(options().settlement(Settlement.BY_COMMIT));
      process(guard, TestDelivery.keyed("0/1", "k"));
      process(guard, TestDelivery.keyed("0/1", "k"));
      assertThat(decide(guard, TestDelivery.keyed("0/2", "k")))
          .isEqualTo(new Skip(SkipReason.HANDED_OVER_HERE, null, false));
      assertThat(service.calls).hasSize(1);
    }

    @Test
    void byCommitAClaimThatRanOutIsAskedForAnew() {
      DeliveryGuard guard = guard(options().settlement(Settlement.BY_COMMIT));
      process(guard, TestDelivery.at("0/1"));
      time.advance(Duration.ofHours(2));
      assertThat(decide(guard, TestDelivery.at("0/1"))).isInstanceOf(Skip.class);
    }

    @Test
    void aTimedOutCheckLockThatWasAppliedIsNotTakenForADuplicateByItsRetry() {
      DeliveryGuard guard = checkLock();
      service.fail(OutageReason.TIMEOUT, true);
      service.appliedAllTheSame = true;
      Decision first = decide(guard, TestDelivery.at("0/1"));
      assertThat(first).isInstanceOf(ProcessUnprotected.class);
      settle(first, Outcome.FAILED);
      service.mend();
      process(guard, TestDelivery.at("0/1"));
    }

    @Test
    void anInDoubtClaimIsGivenBackByTheIdOfItsCall() {
      DeliveryGuard guard = checkLock();
      service.releasable = true;
      service.claimAnswer = new ClaimAnswer.Unavailable(OutageReason.TIMEOUT, true, null, "slow");
      service.appliedAllTheSame = true;
      settle(decide(guard, TestDelivery.at("0/1")), Outcome.FAILED);
      assertThat(service.locks).isEmpty();
    }

    @Test
    void whereCallsAreReplayedAnotherOwnersKeyIsSkippedAfterTheDoubt() {
      DeliveryGuard guard = guard(options().failOpen(false));
      service.replays = true;
      process(checkLock(), TestDelivery.at("0/1")); // in another process
      service.fail(OutageReason.REQUEST_ERROR, true);
      assertThat(decide(guard, TestDelivery.at("0/1"))).isInstanceOf(Hold.class);
      service.mend();
      assertThat(decide(guard, TestDelivery.at("0/1"))).isInstanceOf(Skip.class);
    }

    @Test
    void whereCallsAreReplayedOurOwnKeyRunsAfterTheDoubt() {
      DeliveryGuard guard = guard(options().failOpen(false));
      service.replays = true;
      service.fail(OutageReason.TIMEOUT, true);
      service.appliedAllTheSame = true;
      assertThat(decide(guard, TestDelivery.at("0/1"))).isInstanceOf(Hold.class);
      service.mend();
      process(guard, TestDelivery.at("0/1"));
    }

    @Test
    void inDoubtWithFailOpenOffIsHeldAndThenRuns() {
      DeliveryGuard guard = guard(options().failOpen(false));
      service.fail(OutageReason.TIMEOUT, true);
      service.appliedAllTheSame = true;
      assertThat(decide(guard, TestDelivery.at("0/1")))
          .isInstanceOfSatisfying(
              Hold.class, hold -> assertThat(hold.reason()).isEqualTo(HoldReason.OUTAGE));
      service.mend();
      process(guard, TestDelivery.at("0/1"));
    }
  }

  @Nested
  class Leases {

    @Test
    void acquiredThenCompletedThenSkippedElsewhere() {
      Process first = process(lease(), TestDelivery.at("0/1"));
      assertThat(first.claim().leaseId()).isEqualTo("l1");
      assertThat(first.claim().version()).isEqualTo(1);
      settle(first, Outcome.SUCCEEDED);
      assertThat(decide(lease(), TestDelivery.at("0/1")))
          .isEqualTo(new Skip(SkipReason.COMPLETED, java.time.Instant.EPOCH, false));
    }

    @Test
    void inProgressElsewhereIsHeldNeverSkipped() {
      process(lease(), TestDelivery.at("0/1"));
      assertThat(decide(lease(), TestDelivery.at("0/1")))
          .isInstanceOfSatisfying(
              Hold.class, hold -> assertThat(hold.reason()).isEqualTo(HoldReason.IN_PROGRESS));
    }

    @Test
    void aFailedListenerGivesTheLeaseBack() {
      settle(process(lease(), TestDelivery.at("0/1")), Outcome.FAILED);
      process(lease(), TestDelivery.at("0/1"));
    }

    @Test
    void aLeaseThatCouldNotBeGivenBackIsGivenBackByTheRetryAndWonAnew() {
      DeliveryGuard guard = lease();
      Process first = process(guard, TestDelivery.at("0/1"));
      service.settleAnswer = new SettleAnswer.NotNow("down", null);
      settle(first, Outcome.FAILED);
      service.mend();
      assertThat(process(guard, TestDelivery.at("0/1")).claim().leaseId()).isEqualTo("l2");
    }

    @Test
    void theHeartbeatKeepsItAndStopsAtTheEnd() {
      DeliveryGuard guard = lease();
      Process first = process(guard, TestDelivery.at("0/1"));
      time.advance(Duration.ofMinutes(5));
      assertThat(decide(lease(), TestDelivery.at("0/1"))).isInstanceOf(Hold.class);
      settle(first, Outcome.SUCCEEDED);
      long extended = service.count("extend g:1:orders:position:0/1");
      assertThat(extended).isBetween(9L, 16L);
      time.advance(Duration.ofMinutes(5));
      assertThat(service.count("extend g:1:orders:position:0/1")).isEqualTo(extended);
    }

    @Test
    void aForgottenClaimIsNotRenewed() {
      DeliveryGuard guard = lease();
      guard.forget(process(guard, TestDelivery.at("0/1")));
      time.advance(Duration.ofMinutes(2));
      process(lease(), TestDelivery.at("0/1"));
      assertThat(service.count("extend g:1:orders:position:0/1")).isZero();
    }

    @Test
    void aLostLeaseIsSeenByTheListenerAndCompletesNothing() {
      DeliveryGuard guard = lease();
      Process first = process(guard, TestDelivery.at("0/1"));
      service.leases.clear();
      process(lease(), TestDelivery.at("0/1"));
      time.advance(Duration.ofSeconds(30));
      assertThat(first.claim().isLost()).isTrue();
      settle(first, Outcome.SUCCEEDED);
      assertThat(counters.count("lease.lost")).isEqualTo(2);
    }

    @Test
    void aCompletionThatFailsIsToldAgainUntilItIsDone() {
      DeliveryGuard guard = lease();
      Process first = process(guard, TestDelivery.at("0/1"));
      service.settleAnswer = new SettleAnswer.NotNow("down", null);
      settle(first, Outcome.SUCCEEDED);
      assertThat(decide(guard, TestDelivery.at("0/1")))
          .isEqualTo(new Skip(SkipReason.FINISHED_HERE, null, false));
      service.mend();
      time.advance(Duration.ofSeconds(1));
      assertThat(counters.count("settled.succeeded")).isEqualTo(1);
      assertThat(decide(lease(), TestDelivery.at("0/1"))).isInstanceOf(Skip.class);
    }

    @Test
    void aCompletionRefusedForItsKeyIsGivenUpAfterBoundedAttemptsAndCounted() {
      Process first = process(lease(), TestDelivery.at("0/1"));
      service.settleAnswer = new SettleAnswer.Refused(new IllegalStateException("422"), true);
      settle(first, Outcome.SUCCEEDED);
      time.advance(Duration.ofMinutes(5));
      assertThat(service.count("complete g:1:orders:position:0/1")).isEqualTo(12);
      assertThat(counters.count("settle.given_up")).isEqualTo(1);
    }

    @Test
    void aCompletionThatIsRefusedIsToldAgainWhenTheRefusalIsMended() {
      DeliveryGuard guard = lease();
      Process first = process(guard, TestDelivery.at("0/1"));
      service.settleAnswer = new SettleAnswer.Refused(new IllegalStateException("401"));
      settle(first, Outcome.SUCCEEDED);
      time.advance(Duration.ofSeconds(10));
      service.mend();
      time.advance(GuardOptions.DEFAULT_LEASE_TTL);
      assertThat(decide(lease(), TestDelivery.at("0/1"))).isInstanceOf(Skip.class);
    }

    @Test
    void aRecordThatComesThroughARetryTopicKeepsItsOriginsKey() {
      TestDelivery origin = TestDelivery.at("0/1");
      Delivery hop =
          new Delivery() {
            @Override
            public String destination() {
              return "orders-retry";
            }

            @Override
            public String position() {
              return "0/77";
            }

            @Override
            public byte[] header(String name) {
              return null;
            }

            @Override
            public Delivery origin() {
              return origin;
            }
          };
      assertThat(process(lease(), hop).claim().key().value()).isEqualTo("g:1:orders:position:0/1");
      assertThat(process(checkLock(), hop).claim().key().value())
          .isEqualTo("g:1:orders-retry:position:0/77");
    }
  }

  @Nested
  class Faults {

    @Test
    void anOutageRunsUnprotectedIsToldOnceAndItsKeysAreClaimedAfterwards() {
      DeliveryGuard guard = checkLock();
      service.fail(OutageReason.REQUEST_ERROR, false);
      for (int i = 0; i < 5; i++) {
        settle(decide(guard, TestDelivery.at("0/" + i)), Outcome.SUCCEEDED);
      }
      assertThat(counters.count("decision.unprotected.outage")).isEqualTo(5);
      assertThat(counters.count("outage.began")).isEqualTo(1);
      time.advance(Duration.ofSeconds(10));
      assertThat(counters.count("afterwards.claimed")).isZero();
      service.mend();
      time.advance(Duration.ofSeconds(2));
      assertThat(counters.count("afterwards.claimed")).isEqualTo(5);
      assertThat(decide(checkLock(), TestDelivery.at("0/3"))).isInstanceOf(Skip.class);
      process(guard, TestDelivery.at("0/9"));
      assertThat(counters.count("outage.ended")).isEqualTo(1);
    }

    @Test
    void duringAnOutageOwnDuplicatesAreStillSkipped() {
      DeliveryGuard guard = checkLock();
      service.fail(OutageReason.CIRCUIT_OPEN, false);
      settle(decide(guard, TestDelivery.keyed("0/1", "k")), Outcome.SUCCEEDED);
      assertThat(decide(guard, TestDelivery.keyed("0/2", "k"))).isInstanceOf(Skip.class);
    }

    @Test
    void leasesOfUnprotectedDeliveriesAreCompletedAfterwards() {
      DeliveryGuard guard = lease();
      service.fail(OutageReason.API_5XX, false);
      settle(decide(guard, TestDelivery.at("0/1")), Outcome.SUCCEEDED);
      service.mend();
      time.advance(Duration.ofSeconds(2));
      assertThat(counters.count("afterwards.claimed")).isEqualTo(1);
      assertThat(decide(lease(), TestDelivery.at("0/1"))).isInstanceOf(Skip.class);
    }

    @Test
    void whatIsClaimedAfterwardsIsBounded() {
      DeliveryGuard guard = guard(options().maxAfterwards(2));
      service.fail(OutageReason.REQUEST_ERROR, false);
      for (int i = 0; i < 5; i++) {
        settle(decide(guard, TestDelivery.at("0/" + i)), Outcome.SUCCEEDED);
      }
      assertThat(counters.count("afterwards.not_claimed")).isEqualTo(3);
    }

    @Test
    void rateLimitedIsHeldWithACapAndNobodyElseAsksMeanwhile() {
      DeliveryGuard guard = checkLock();
      service.claimAnswer = new ClaimAnswer.Throttled(Duration.ofHours(3));
      assertThat(decide(guard, TestDelivery.at("0/1")))
          .isEqualTo(new Hold(HoldReason.RATE_LIMITED, GuardOptions.DEFAULT_MAX_HOLD));
      service.mend();
      assertThat(decide(guard, TestDelivery.at("0/2"))).isInstanceOf(Hold.class);
      assertThat(service.calls).hasSize(1);
      time.advance(GuardOptions.DEFAULT_MAX_HOLD.plusMillis(1));
      process(guard, TestDelivery.at("0/1"));
    }

    @Test
    void aRefusalIsRefusedAlsoWithFailOpen() {
      IllegalStateException cause = new IllegalStateException("402");
      service.claimAnswer = new ClaimAnswer.Refused(cause);
      DeliveryGuard guard = checkLock();
      assertThat(decide(guard, TestDelivery.at("0/1"))).isEqualTo(new Refuse(cause));
      service.mend();
      process(guard, TestDelivery.at("0/1"));
    }

    @Test
    void withoutBudgetNothingIsAsked() {
      Decision decision = now(checkLock().decide(TestDelivery.at("0/1"), Duration.ZERO));
      assertThat(decision)
          .isInstanceOfSatisfying(
              ProcessUnprotected.class,
              unprotected -> assertThat(unprotected.outage()).isEqualTo(OutageReason.BUDGET_SPENT));
      assertThat(service.calls).isEmpty();
    }

    @Test
    void withoutAKeyByPolicy() {
      TestDelivery bare = new TestDelivery("orders", null, java.util.Map.of());
      assertThat(decide(checkLock(), bare))
          .isInstanceOfSatisfying(
              ProcessUnprotected.class,
              unprotected -> assertThat(unprotected.reason()).isEqualTo(UnprotectedReason.NO_KEY));
      assertThat(decide(guard(options().noKey(GuardOptions.NoKey.REFUSE)), bare))
          .isInstanceOfSatisfying(
              Refuse.class, refuse -> assertThat(refuse.cause()).hasMessageContaining("position"));
    }

    @Test
    void aDryRunClaimsAndCountsButRunsEverything() {
      DeliveryGuard guard = guard(options().dryRun(true));
      settle(decide(guard, TestDelivery.at("0/1")), Outcome.SUCCEEDED);
      assertThat(decide(guard, TestDelivery.at("0/1"))).isInstanceOf(ProcessUnprotected.class);
      assertThat(counters.count("decision.skip.finished_here")).isEqualTo(1);
    }

    @Test
    void moreUnsettledThanAllowedRunUnprotectedRatherThanBeForgotten() {
      DeliveryGuard guard = guard(options().maxUnsettled(2));
      process(guard, TestDelivery.at("0/1"));
      Process second = process(guard, TestDelivery.at("0/2"));
      assertThat(decide(guard, TestDelivery.at("0/3"))).isInstanceOf(ProcessUnprotected.class);
      settle(second, Outcome.FAILED);
      process(guard, TestDelivery.at("0/4"));
    }

    @Test
    void anEventListenerThatThrowsChangesNothing() {
      DeliveryGuard guard =
          guard(
              options()
                  .events(
                      new GuardEvents() {
                        @Override
                        public void decided(Delivery delivery, Decision decision, Duration took) {
                          throw new IllegalStateException("metrics are down");
                        }
                      }));
      process(guard, TestDelivery.at("0/1"));
    }

    @Test
    void metadataThatTheWireDoesNotTakeIsLeftOut() {
      java.util.Map<String, Object> metadata = new java.util.HashMap<>();
      metadata.put("trace", null);
      process(
          guard(options().failOpen(false).metadata(delivery -> metadata)), TestDelivery.at("0/1"));
    }

    @Test
    void aServiceThatBreaksItsPromiseIsAnOutage() {
      ClaimService broken =
          (ClaimService)
              java.lang.reflect.Proxy.newProxyInstance(
                  getClass().getClassLoader(),
                  new Class<?>[] {ClaimService.class},
                  (proxy, method, args) -> {
                    throw new IllegalStateException("bug");
                  });
      guard = new DeliveryGuard(broken, options().build(), time);
      assertThat(decide(guard, TestDelivery.at("0/1"))).isInstanceOf(ProcessUnprotected.class);
    }
  }

  private GuardOptions.Builder options() {
    return GuardOptions.builder(
            new KeyScheme(
                "g",
                KeyScheme.DEFAULT_GENERATION,
                List.of(KeySources.header("Idempotency-Key"), KeySources.position())))
        .events(counters)
        .nanoTime(time::now);
  }

  private DeliveryGuard guard(GuardOptions.Builder options) {
    guard = new DeliveryGuard(service, options.build(), time);
    return guard;
  }

  private DeliveryGuard checkLock() {
    return guard(options());
  }

  private DeliveryGuard checkLockSlow() {
    service.slow = true;
    return checkLock();
  }

  private DeliveryGuard lease() {
    return guard(options().mode(Mode.LEASE));
  }

  private static Decision decide(DeliveryGuard guard, Delivery delivery) {
    return now(guard.decide(delivery, BUDGET));
  }

  private static Process process(DeliveryGuard guard, Delivery delivery) {
    Decision decision = decide(guard, delivery);
    assertThat(decision).isInstanceOf(Process.class);
    return (Process) decision;
  }

  private void settle(Decision decision, Outcome outcome) {
    assertThat(isDone(guard.settle(decision, outcome))).isTrue();
  }

  private static boolean isDone(CompletionStage<?> stage) {
    return stage.toCompletableFuture().isDone();
  }

  private static <T> T now(CompletionStage<T> stage) {
    assertThat(isDone(stage)).as("decided").isTrue();
    return stage.toCompletableFuture().getNow(null);
  }
}
