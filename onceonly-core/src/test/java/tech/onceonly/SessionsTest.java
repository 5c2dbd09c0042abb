package tech.onceonly;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.GuardFixture.BUDGET;
import static tech.onceonly.GuardFixture.now;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.Process;
import tech.onceonly.Decision.Skip;

/** Claims of a guard that hears of commits, whose deliveries come by several sessions. */
class SessionsTest {

  private final GuardFixture fixture = new GuardFixture();

  private record Received(TestDelivery delivery, String session) implements Delivery {

    @Override
    public String destination() {
      return delivery.destination();
    }

    @Override
    public String position() {
      return delivery.position();
    }

    @Override
    public byte[] header(String name) {
      return delivery.header(name);
    }
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @ParameterizedTest
  @CsvSource({"LEASE,0/1", "LEASE,", "CHECK_LOCK,0/1", "CHECK_LOCK,"})
  void whileTheListenerWorksItIsWaitedFor(Mode mode, String position) {
    DeliveryGuard guard = guard(mode);
    process(guard, position, "A");
    fixture.time.advance(Duration.ofMinutes(29));
    assertThat(decide(guard, position, "B")).isInstanceOf(Hold.class);
  }

  @ParameterizedTest
  @CsvSource({"LEASE,0/1", "LEASE,", "CHECK_LOCK,0/1", "CHECK_LOCK,"})
  void aListenerThatHangsIsWaitedForAsLongAsALeaseIsRenewed(Mode mode, String position) {
    DeliveryGuard guard = guard(mode);
    process(guard, position, "A");
    fixture.time.advance(Duration.ofMinutes(32));
    process(guard, position, "B");
  }

  @ParameterizedTest
  @EnumSource
  void aSessionThatDoesNotTellItsEndIsNotWaitedForLongOnceTheListenerHasReturned(Mode mode) {
    DeliveryGuard guard = guard(mode);
    guard.returned(process(guard, "0/1", "A"));
    assertThat(decide(guard, "0/1", "B")).isInstanceOf(Hold.class);
    fixture.time.advance(Duration.ofSeconds(6));
    process(guard, "0/1", "B");
  }

  /** It may be another message, whose session collects before it commits. */
  @ParameterizedTest
  @EnumSource
  void whatHasNoIdWaitsForTheCommit(Mode mode) {
    DeliveryGuard guard = guard(mode);
    Process first = process(guard, null, "A");
    guard.returned(first);
    fixture.time.advance(Duration.ofMinutes(5));
    assertThat(decide(guard, null, "B")).isInstanceOf(Hold.class);
    fixture.settle(guard, first, Outcome.SUCCEEDED);
    assertThat(decide(guard, null, "B")).isInstanceOf(Skip.class);
  }

  @ParameterizedTest
  @EnumSource
  void whatTheFirstSaysAfterwardsSettlesNothingOfTheSecond(Mode mode) {
    fixture.service.releasable = true;
    DeliveryGuard guard = guard(mode);
    Process first = process(guard, "0/1", "A");
    guard.returned(first);
    fixture.time.advance(Duration.ofSeconds(6));
    Process second = process(guard, "0/1", "B");
    assertThat(first.claim().isLost()).isTrue();
    assertThat(second.claim().isLost()).isFalse();

    fixture.settle(guard, first, Outcome.FAILED);
    assertThat(decide(guard, "0/2", "C")).isInstanceOf(Skip.class);
    assertThat(decide(guard(mode), "0/2", "C")).isNotInstanceOf(Process.class);

    fixture.settle(guard, second, Outcome.SUCCEEDED);
    assertThat(decide(guard(mode), "0/2", "C")).isInstanceOf(Skip.class);
    assertThat(fixture.counters.count("settled.failed")).isZero();
  }

  @Test
  void theSecondKeepsTheLeaseThatTheFirstHad() {
    DeliveryGuard guard = guard(Mode.LEASE);
    Process first = process(guard, "0/1", "A");
    guard.returned(first);
    fixture.time.advance(Duration.ofSeconds(6));
    assertThat(process(guard, "0/1", "B").claim().leaseId()).isEqualTo(first.claim().leaseId());
    fixture.time.advance(Duration.ofMinutes(10));
    assertThat(decide(guard(Mode.LEASE), "0/2", "C")).as("it is renewed").isInstanceOf(Hold.class);
  }

  private DeliveryGuard guard(Mode mode) {
    return fixture.guard(
        fixture
            .options()
            .mode(mode)
            .ttl(Duration.ofHours(1))
            .maxRenewal(Duration.ofMinutes(30))
            .settlement(Settlement.BY_COMMIT));
  }

  private Process process(DeliveryGuard guard, String position, String session) {
    Decision decision = decide(guard, position, session);
    assertThat(decision).isInstanceOf(Process.class);
    return (Process) decision;
  }

  private static Decision decide(DeliveryGuard guard, String position, String session) {
    return now(guard.decide(new Received(TestDelivery.keyed(position, "k"), session), BUDGET));
  }
}
