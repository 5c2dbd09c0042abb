package tech.onceonly;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.Decision.Process;
import tech.onceonly.Decision.ProcessUnprotected;
import tech.onceonly.Decision.Skip;
import tech.onceonly.Decision.SkipReason;

/** Two messages of one key: decided as ever, and told where the second is skipped. */
class FingerprintGuardTest {

  private static final String COUNT = "fingerprint.mismatch";

  private final GuardFixture fixture = new GuardFixture();
  private final List<String> told = new ArrayList<>();

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void aDuplicateOfAnotherPayloadElsewhereIsSkippedAndTold() {
    process(fixture.guard(options()), "0/1", "one");
    DeliveryGuard elsewhere = fixture.guard(options());

    assertThat(decide(elsewhere, "0/1", "one")).isEqualTo(skip(SkipReason.DUPLICATE, false));
    assertThat(told).isEmpty();
    assertThat(decide(elsewhere, "0/2", "two")).isEqualTo(skip(SkipReason.DUPLICATE, true));
    assertThat(told).containsExactly("orders 0/2 g:1:orders:header.Idempotency-Key:k");
  }

  @Test
  void whereNoneIsWantedNoneIsAskedForAndNothingIsTold() {
    process(fixture.checkLock(), "0/1", "one");
    assertThat(fixture.service.fingerprints.values()).containsOnlyNulls();

    assertThat(decide(fixture.guard(options()), "0/2", "two"))
        .isEqualTo(skip(SkipReason.DUPLICATE, false));
    assertThat(told).isEmpty();
  }

  @Test
  void whatThisProcessHasFinishedIsComparedHere() {
    DeliveryGuard guard = fixture.guard(options());
    fixture.settle(guard, process(guard, "0/1", "one"), Outcome.SUCCEEDED);

    assertThat(decide(guard, "0/2", "one")).isEqualTo(skip(SkipReason.FINISHED_HERE, false));
    assertThat(decide(guard, "0/3", "two")).isEqualTo(skip(SkipReason.FINISHED_HERE, true));
    assertThat(fixture.counters.count(COUNT)).isEqualTo(1);
    assertThat(fixture.service.calls).hasSize(1);
  }

  @Test
  void whatWasHandedOverHereIsComparedHere() {
    DeliveryGuard guard = fixture.guard(options().settlement(Settlement.BY_COMMIT));
    process(guard, "0/1", "one");

    assertThat(decide(guard, "0/2", "two")).isEqualTo(skip(SkipReason.HANDED_OVER_HERE, true));
    assertThat(decide(guard, "0/3", "one")).isEqualTo(skip(SkipReason.HANDED_OVER_HERE, false));
  }

  @Test
  void ofTwoInOnePollTheSecondIsToldWhereTheFirstIsADuplicateToo() {
    process(fixture.guard(options()), "0/1", "one");
    DeliveryGuard elsewhere = fixture.guard(options());
    fixture.service.slow = true;
    var first = elsewhere.decide(message("0/2", "one"), GuardFixture.BUDGET);
    var second = elsewhere.decide(message("0/3", "two"), GuardFixture.BUDGET);
    fixture.service.answerNext();

    assertThat(GuardFixture.now(first)).isEqualTo(skip(SkipReason.DUPLICATE, false));
    assertThat(GuardFixture.now(second)).isEqualTo(skip(SkipReason.DUPLICATE, true));
    assertThat(told).hasSize(1);
  }

  @Test
  void aCompletedLeaseIsTheSame() {
    DeliveryGuard first = fixture.guard(options().mode(Mode.LEASE));
    fixture.settle(first, process(first, "0/1", "one"), Outcome.SUCCEEDED);
    DeliveryGuard elsewhere = fixture.guard(options().mode(Mode.LEASE));

    assertThat(decide(elsewhere, "0/2", "two")).isEqualTo(skip(SkipReason.COMPLETED, true));
    assertThat(told).hasSize(1);
  }

  @Test
  void aDeliveryThatWaitsIsToldWhenItIsSkippedAndNotBefore() {
    DeliveryGuard first = fixture.guard(options().mode(Mode.LEASE));
    Process running = process(first, "0/1", "one");
    DeliveryGuard elsewhere = fixture.guard(options().mode(Mode.LEASE));

    for (DeliveryGuard guard : List.of(first, elsewhere)) {
      assertThat(decide(guard, "0/2", "two")).isInstanceOf(Decision.Hold.class);
    }
    assertThat(told).isEmpty();
    fixture.settle(first, running, Outcome.SUCCEEDED);
    assertThat(decide(elsewhere, "0/2", "two")).isEqualTo(skip(SkipReason.COMPLETED, true));
    assertThat(told).hasSize(1);
  }

  @Test
  void whatRanUnprotectedIsClaimedAfterwardsWithItsFingerprint() {
    DeliveryGuard guard = fixture.guard(options());
    fixture.service.fail(OutageReason.TIMEOUT, false);
    Decision ran = decide(guard, "0/1", "one");
    assertThat(ran).isInstanceOf(ProcessUnprotected.class);
    fixture.settle(guard, ran, Outcome.SUCCEEDED);
    fixture.service.mend();
    fixture.time.advance(Duration.ofSeconds(5));

    assertThat(fixture.service.fingerprints).containsValue("one");
    assertThat(decide(fixture.guard(options()), "0/2", "two"))
        .isEqualTo(skip(SkipReason.DUPLICATE, true));
  }

  @Test
  void aFunctionThatFailsOrMakesWhatIsNoneChangesNothing() {
    List<Fingerprint> bad =
        List.of(
            delivery -> {
              throw new IllegalStateException("broken");
            },
            delivery -> "x".repeat(129),
            delivery -> "",
            delivery -> "\ud800");
    for (int i = 0; i < bad.size(); i++) {
      DeliveryGuard guard = fixture.guard(options().fingerprint(bad.get(i)));
      assertThat(GuardFixture.now(guard.decide(TestDelivery.at("0/" + i), GuardFixture.BUDGET)))
          .isInstanceOf(Process.class);
    }
    assertThat(fixture.service.fingerprints).hasSize(4);
    assertThat(fixture.service.fingerprints.values()).containsOnlyNulls();
  }

  private GuardOptions.Builder options() {
    GuardEvents events =
        new GuardEvents() {
          @Override
          public void fingerprintMismatch(Delivery delivery, IdempotencyKey key) {
            told.add(delivery.destination() + " " + delivery.position() + " " + key.value());
          }
        };
    return fixture
        .options()
        .fingerprint(delivery -> text(delivery.header("payload")))
        .events(GuardEvents.all(fixture.counters, events));
  }

  private static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, UTF_8);
  }

  private static TestDelivery message(String position, String payload) {
    return TestDelivery.keyed(position, "k").with("payload", payload.getBytes(UTF_8));
  }

  private static Decision decide(DeliveryGuard guard, String position, String payload) {
    return GuardFixture.now(guard.decide(message(position, payload), GuardFixture.BUDGET));
  }

  private static Process process(DeliveryGuard guard, String position, String payload) {
    Decision decision = decide(guard, position, payload);
    assertThat(decision).isInstanceOf(Process.class);
    return (Process) decision;
  }

  private static Skip skip(SkipReason reason, boolean fingerprintMismatch) {
    boolean isTheServices = reason == SkipReason.DUPLICATE || reason == SkipReason.COMPLETED;
    return new Skip(reason, isTheServices ? Instant.EPOCH : null, fingerprintMismatch);
  }
}
