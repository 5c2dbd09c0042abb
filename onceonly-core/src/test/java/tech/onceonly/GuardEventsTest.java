package tech.onceonly;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GuardEventsTest {

  private final ManualScheduler time = new ManualScheduler();
  private final FakeClaimService service = new FakeClaimService(time::now);
  private final GuardCounters counters = new GuardCounters();
  private final DeliveryGuard guard =
      new DeliveryGuard(
          service,
          GuardOptions.builder(new KeyScheme("g", "1", List.of(KeySources.position())))
              .events(counters)
              .nanoTime(time::now)
              .build(),
          time);

  @AfterEach
  void close() {
    guard.close();
    time.shutdownNow();
  }

  @Test
  void allAreToldThoughOneThrows() {
    GuardEvents broken =
        new GuardEvents() {
          @Override
          public void outageBegan(OutageReason reason) {
            throw new IllegalStateException("broken");
          }
        };
    GuardCounters second = new GuardCounters();
    GuardEvents all = GuardEvents.all(counters, broken, second);

    all.outageBegan(OutageReason.TIMEOUT);
    all.leaseLost(IdempotencyKey.of("k"));

    assertThat(counters.snapshot()).containsOnlyKeys("outage.began", "lease.lost");
    assertThat(second.snapshot()).isEqualTo(counters.snapshot());
  }

  @Test
  void everythingThatIsCountedHasAKnownName() {
    assertThat(GuardCounters.names())
        .doesNotHaveDuplicates()
        .contains("decision.process", "decision.skip.duplicate", "lease.lost");
    assertThat(counters.count("no such name")).isZero();
    assertThat(counters.snapshot()).isEmpty();
  }

  @Test
  void anOutageEndsWithItsGuardAndNoneBeginsAfterwards() {
    service.slow = true;
    service.fail(OutageReason.TIMEOUT, true);
    decide("0/1");
    decide("0/2");
    service.answerNext();
    assertThat(counters.count("outage.began")).isEqualTo(1);

    guard.close();
    assertThat(counters.count("outage.ended")).isEqualTo(1);

    service.answerNext();
    guard.close();
    assertThat(counters.count("outage.began")).isEqualTo(1);
    assertThat(counters.count("outage.ended")).isEqualTo(1);
  }

  /** Errors among them: a jar that is not there, an assertion. */
  @Test
  void whatAFunctionOfTheUsersThrowsDecidesNothing() {
    GuardEvents broken =
        new GuardEvents() {
          @Override
          public void decided(Delivery delivery, Decision decision, Duration took) {
            throw new NoClassDefFoundError("events");
          }
        };
    try (DeliveryGuard careful =
        new DeliveryGuard(
            service,
            GuardOptions.builder(new KeyScheme("g", "1", List.of(KeySources.position())))
                .bypass(
                    delivery -> {
                      throw new AssertionError("bypass");
                    })
                .metadata(
                    delivery -> {
                      throw new StackOverflowError();
                    })
                .events(GuardEvents.all(broken, counters))
                .nanoTime(time::now)
                .build(),
            time)) {
      for (String position : List.of("0/1", "0/2")) {
        assertThat(
                careful
                    .decide(TestDelivery.at(position), Duration.ofSeconds(1))
                    .toCompletableFuture()
                    .getNow(null))
            .isInstanceOf(Decision.Process.class);
      }
      assertThat(counters.count("decision.process")).isEqualTo(2);
    }
  }

  private void decide(String position) {
    assertThat(guard.decide(TestDelivery.at(position), Duration.ofSeconds(1))).isNotNull();
  }
}
