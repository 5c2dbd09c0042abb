package tech.onceonly;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.Process;

class HeartbeatTest {

  private static final Duration MOST = Duration.ofMinutes(10);

  private final GuardFixture at = new GuardFixture();
  private final DeliveryGuard here = at.guard(at.options().mode(Mode.LEASE).maxRenewal(MOST));
  private final DeliveryGuard elsewhere = at.lease();

  @AfterEach
  void close() {
    at.close();
  }

  @Test
  void aListenerThatHangsKeepsTheNextOwnerWaitingNoLongerThanAllowed() {
    at.process(here, "0/1");
    at.time.advance(MOST.minusSeconds(1));
    assertThat(at.decide(elsewhere, "0/1")).isInstanceOf(Hold.class);
    at.time.advance(GuardOptions.DEFAULT_LEASE_TTL.plusSeconds(2));
    at.process(elsewhere, "0/1");
  }

  @Test
  void aRetryIsRenewedAnew() {
    Process first = at.process(here, "0/1");
    at.time.advance(MOST.minusSeconds(1));
    at.service.settleAnswer = new SettleAnswer.NotNow("down", null);
    at.settle(here, first, Outcome.FAILED);
    at.service.mend();
    at.process(here, "0/1");
    at.time.advance(MOST.minusSeconds(1));
    assertThat(at.decide(elsewhere, "0/1")).isInstanceOf(Hold.class);
  }

  @Test
  void aRecordThatWaitsForItsTurnIsRenewedAsLongAsOthersOfItsPollAreDone() {
    List<Decision> poll =
        here
            .decideAll(
                List.of(TestDelivery.at("0/1"), TestDelivery.at("0/2"), TestDelivery.at("0/3")),
                GuardFixture.BUDGET)
            .stream()
            .map(GuardFixture::now)
            .toList();
    at.time.advance(MOST.minusSeconds(1));
    at.settle(here, poll.get(0), Outcome.SUCCEEDED);
    at.time.advance(MOST.minusSeconds(1));
    at.settle(here, poll.get(1), Outcome.FAILED);
    at.time.advance(MOST.minusSeconds(1));
    assertThat(at.decide(elsewhere, "0/3")).isInstanceOf(Hold.class);
    at.time.advance(GuardOptions.DEFAULT_LEASE_TTL.plusSeconds(2));
    at.process(elsewhere, "0/3");
  }
}
