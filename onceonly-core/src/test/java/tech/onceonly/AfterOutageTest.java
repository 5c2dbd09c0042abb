package tech.onceonly;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.Decision.Process;
import tech.onceonly.Decision.ProcessUnprotected;
import tech.onceonly.Decision.Skip;

/** What ran unprotected, and what is known of it afterwards. */
class AfterOutageTest {

  private final GuardFixture at = new GuardFixture();
  private final FakeClaimService service = at.service;

  @AfterEach
  void close() {
    at.close();
  }

  @Test
  void aLeaseThatWasGrantedWithoutItsAnswerIsCompletedWhenItHasRunOut() {
    DeliveryGuard guard = at.lease();
    service.fail(OutageReason.TIMEOUT, true);
    service.appliedAllTheSame = true;
    runUnprotected(guard, "0/1");
    service.mend();
    at.time.advance(GuardOptions.DEFAULT_LEASE_TTL.plus(GuardOptions.DEFAULT_MAX_HOLD));
    assertThat(at.counters.count("afterwards.claimed")).isEqualTo(1);
    assertThat(at.decide(at.lease(), "0/1")).isInstanceOf(Skip.class);
  }

  @Test
  void anEffectWhoseCompletionMetALongOutageIsKnownAfterwards() {
    DeliveryGuard guard = at.lease();
    Process ran = at.process(guard, "0/1");
    service.fail(OutageReason.API_5XX, false);
    at.settle(guard, ran, Outcome.SUCCEEDED);
    at.time.advance(Duration.ofMinutes(2)); // its lease has run out meanwhile
    service.mend();
    at.time.advance(GuardOptions.DEFAULT_LEASE_TTL);
    assertThat(at.counters.count("afterwards.claimed")).isEqualTo(1);
    assertThat(at.decide(at.lease(), "0/1")).isInstanceOf(Skip.class);
  }

  @Test
  void whatIsInProgressDoesNotHoldUpTheOthers() {
    DeliveryGuard guard = at.lease();
    service.fail(OutageReason.TIMEOUT, true);
    service.appliedAllTheSame = true;
    runUnprotected(guard, "0/1");
    service.appliedAllTheSame = false;
    runUnprotected(guard, "0/2");
    service.mend();
    at.time.advance(Duration.ofSeconds(3));
    assertThat(at.decide(at.lease(), "0/2")).isInstanceOf(Skip.class);
  }

  @Test
  void whatStaysInProgressIsGivenUpAndCounted() {
    DeliveryGuard guard = at.lease();
    DeliveryGuard elsewhere = at.lease();
    Process theirs = at.process(elsewhere, "0/1");
    service.fail(OutageReason.API_5XX, false);
    runUnprotected(guard, "0/1");
    service.mend();
    at.time.advance(Duration.ofMinutes(10));
    assertThat(at.counters.count("afterwards.not_claimed")).isEqualTo(1);
    at.settle(elsewhere, theirs, Outcome.SUCCEEDED);
  }

  @Test
  void aCompletionThatFailsAfterwardsIsToldAgainWithItsLease() {
    DeliveryGuard guard = at.lease();
    service.fail(OutageReason.API_5XX, false);
    runUnprotected(guard, "0/1");
    service.claimAnswer = null; // the lease is granted, its completion is not taken
    at.time.advance(Duration.ofSeconds(5));
    service.mend();
    at.time.advance(Duration.ofSeconds(2));
    assertThat(at.counters.count("afterwards.claimed")).isEqualTo(1);
    assertThat(service.count("lease g:1:orders:position:0/1")).isEqualTo(2);
  }

  @Test
  void aFinishedKeyOfUnknownTtlIsForgottenWithTheShortestThereIs() {
    DeliveryGuard guard = at.checkLock();
    service.fail(OutageReason.API_5XX, false);
    runUnprotected(guard, "0/1");
    at.time.advance(Duration.ofSeconds(59));
    assertThat(at.decide(guard, "0/1")).isInstanceOf(Skip.class);
    at.time.advance(Duration.ofSeconds(2));
    assertThat(at.decide(guard, "0/1")).isInstanceOf(ProcessUnprotected.class);
  }

  @Test
  void aFinishedKeyOfUnknownTtlIsKeptAsLongAsTheServiceSaidLast() {
    DeliveryGuard guard = at.guard(at.options().finishedCacheTtl(Duration.ofHours(9)));
    at.settle(guard, at.process(guard, "0/0"), Outcome.SUCCEEDED); // for an hour, it says
    service.fail(OutageReason.API_5XX, false);
    runUnprotected(guard, "0/1");
    at.time.advance(Duration.ofMinutes(59));
    assertThat(at.decide(guard, "0/1")).isInstanceOf(Skip.class);
    at.time.advance(Duration.ofMinutes(2));
    assertThat(at.decide(guard, "0/1")).isInstanceOf(ProcessUnprotected.class);
  }

  @Test
  void aRefusalAfterAnOutageForgetsNothingThatRanUnprotected() {
    DeliveryGuard guard = at.checkLock();
    service.fail(OutageReason.API_5XX, false);
    for (int i = 0; i < 20; i++) {
      runUnprotected(guard, "0/" + i);
    }
    service.claimAnswer = new ClaimAnswer.Refused(new IllegalStateException("401"));
    at.time.advance(Duration.ofSeconds(4));
    service.mend();
    at.time.advance(Duration.ofSeconds(10));
    assertThat(at.counters.count("afterwards.claimed")).isEqualTo(20);
    assertThat(at.counters.count("afterwards.not_claimed")).isZero();
    assertThat(at.decide(at.checkLock(), "0/19")).isInstanceOf(Skip.class);
  }

  @Test
  void aCompletionThatIsRefusedAfterAnOutageIsToldAgain() {
    DeliveryGuard guard = at.lease();
    service.fail(OutageReason.API_5XX, false);
    runUnprotected(guard, "0/1");
    service.mend();
    service.settleAnswer = new SettleAnswer.Refused(new IllegalStateException("403"));
    at.time.advance(Duration.ofSeconds(10));
    service.mend();
    at.time.advance(Duration.ofSeconds(30));
    assertThat(at.counters.count("afterwards.claimed")).isEqualTo(1);
    assertThat(at.decide(at.lease(), "0/1")).isInstanceOf(Skip.class);
  }

  @Test
  void aKeyThatIsRefusedForWhatItIsIsGivenUpAndCounted() {
    DeliveryGuard guard = at.checkLock();
    service.fail(OutageReason.API_5XX, false);
    runUnprotected(guard, "0/1");
    service.claimAnswer = new ClaimAnswer.Refused(new IllegalStateException("422"), true);
    service.calls.clear();
    at.time.advance(Duration.ofMinutes(5));
    assertThat(service.calls).hasSize(1);
    assertThat(at.counters.count("afterwards.not_claimed")).isEqualTo(1);
  }

  @Test
  void aServiceThatGoesOnRefusingIsAskedAtGrowingPauses() {
    DeliveryGuard guard = at.checkLock();
    service.fail(OutageReason.API_5XX, false);
    runUnprotected(guard, "0/1");
    runUnprotected(guard, "0/2");
    service.claimAnswer = new ClaimAnswer.Refused(new IllegalStateException("402"));
    service.calls.clear();
    at.time.advance(Duration.ofHours(1));
    // Each pause is twice the one before, from a second on, up to maxHold.
    assertThat(service.calls).hasSizeBetween(110, 130);
    assertThat(at.counters.count("afterwards.not_claimed")).isZero();
  }

  @Test
  void aKeyThatIsAlwaysRefusedDoesNotHoldUpTheOthers() {
    DeliveryGuard guard = at.checkLock();
    service.fail(OutageReason.API_5XX, false);
    for (int i = 1; i <= 5; i++) {
      runUnprotected(guard, "0/" + i);
    }
    service.mend();
    service.refusedKey = "g:1:orders:position:0/1";
    at.time.advance(Duration.ofSeconds(5));
    assertThat(at.counters.count("afterwards.claimed")).isEqualTo(4);
  }

  @Test
  void aCompletionThatWasRefusedForLongIsKnownAfterwards() {
    DeliveryGuard guard = at.lease();
    Process ran = at.process(guard, "0/1");
    service.settleAnswer = new SettleAnswer.Refused(new IllegalStateException("401"));
    at.settle(guard, ran, Outcome.SUCCEEDED);
    at.time.advance(Duration.ofMinutes(5)); // its lease has run out meanwhile
    service.mend();
    at.time.advance(GuardOptions.DEFAULT_LEASE_TTL.plus(GuardOptions.DEFAULT_MAX_HOLD));
    assertThat(at.counters.count("settle.given_up")).isZero();
    assertThat(at.counters.count("afterwards.claimed")).isEqualTo(1);
    assertThat(at.decide(at.lease(), "0/1")).isInstanceOf(Skip.class);
  }

  @Test
  void whatIsPastTheBoundIsWarnedOfOnceInAnOutageAndCountedAtItsEnd() {
    DeliveryGuard guard = at.guard(at.options().maxAfterwards(2));
    String first = outageOf(guard, 1, 6);
    assertThat(first.split("WARN.*raise maxAfterwards", -1)).as(first).hasSize(2);
    assertThat(first).contains("more than 2 keys", "4 keys");
    String second = outageOf(guard, 11, 13);
    assertThat(second.split("WARN.*raise maxAfterwards", -1)).as(second).hasSize(2);
    assertThat(second).contains("1 key");
    assertThat(outageOf(guard, 21, 22)).doesNotContain("maxAfterwards");
  }

  /** One from its beginning until what ran unprotected is claimed; what was logged meanwhile. */
  private String outageOf(DeliveryGuard guard, int from, int to) {
    PrintStream before = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      service.fail(OutageReason.API_5XX, false);
      for (int i = from; i <= to; i++) {
        runUnprotected(guard, "0/" + i);
      }
      service.mend();
      at.time.advance(Duration.ofSeconds(5));
    } finally {
      System.setErr(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  private void runUnprotected(DeliveryGuard guard, String position) {
    Decision decision = at.decide(guard, position);
    assertThat(decision).isInstanceOf(ProcessUnprotected.class);
    at.settle(guard, decision, Outcome.SUCCEEDED);
  }
}
