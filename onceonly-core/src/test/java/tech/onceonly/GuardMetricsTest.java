package tech.onceonly;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.metrics.OnceOnlyMetrics;

/** What a guard does, read from the meters. */
class GuardMetricsTest {

  private final ManualScheduler time = new ManualScheduler();
  private final FakeClaimService service = new FakeClaimService(time::now);
  private final MockClock clock = new MockClock();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);
  private final OnceOnlyMetrics metrics = OnceOnlyMetrics.bindTo(registry, "billing");
  private DeliveryGuard guard = guard(Mode.CHECK_LOCK);

  @AfterEach
  void close() {
    guard.close();
    time.shutdownNow();
  }

  @Test
  void decisionsByDestinationAndReason() {
    settle(decide(TestDelivery.at("0/1")), Outcome.SUCCEEDED);
    decide(TestDelivery.at("0/1"));
    service.claimAnswer = new ClaimAnswer.Refused(new IllegalStateException("402"));
    decide(TestDelivery.at("0/2"));
    service.claimAnswer = new ClaimAnswer.Throttled(Duration.ofSeconds(1));
    decide(TestDelivery.at("0/3"));
    decide(new TestDelivery("refunds", null, Map.of()));

    assertThat(decisions("orders", "process", "none")).isEqualTo(1);
    assertThat(decisions("orders", "skip", "finished_here")).isEqualTo(1);
    assertThat(decisions("orders", "refuse", "none")).isEqualTo(1);
    assertThat(decisions("orders", "hold", "rate_limited")).isEqualTo(1);
    assertThat(decisions("refunds", "unprotected", "no_key")).isEqualTo(1);
    assertThat(decisions("refunds", "process", "none")).isZero();
    assertThat(count("onceonly.settlements", "outcome", "succeeded", "result", "settled"))
        .isEqualTo(1);
  }

  /** What first appears with 1 is no increase to an alert. */
  @Test
  void mismatchesOfFingerprintsStandWithZeroFromADestinationsFirstDecisionOn() {
    decide(TestDelivery.at("0/1"));

    assertThat(count("onceonly.fingerprint.mismatches", "destination", "orders")).isZero();
  }

  @Test
  void theTimeThatADecisionTookAsTheGuardMeasuresIt() {
    service.slow = true;
    decide(TestDelivery.at("0/1"));
    time.advance(Duration.ofMillis(70));
    service.answerNext();

    assertThat(
            registry
                .get("onceonly.decision.latency")
                .tags("group", "billing", "destination", "orders")
                .timer()
                .totalTime(TimeUnit.MILLISECONDS))
        .isEqualTo(70);
  }

  @Test
  void anOutageAsLongAsItLastsAndWhatItLeaves() {
    service.fail(OutageReason.API_5XX, false);
    settle(decide(TestDelivery.at("0/1")), Outcome.SUCCEEDED);
    settle(decide(TestDelivery.at("0/2")), Outcome.SUCCEEDED);
    clock.add(Duration.ofSeconds(90));

    LongTaskTimer outage = registry.get("onceonly.outage").tags("group", "billing").longTaskTimer();
    assertThat(outage.activeTasks()).isEqualTo(1);
    assertThat(outage.max(TimeUnit.SECONDS)).isEqualTo(90);
    assertThat(count("onceonly.outages", "reason", "api_5xx")).isEqualTo(1);
    assertThat(decisions("orders", "unprotected", "outage")).isEqualTo(2);

    service.mend();
    time.advance(Duration.ofSeconds(5));
    decide(TestDelivery.at("0/3"));
    assertThat(outage.activeTasks()).isZero();
    assertThat(count("onceonly.afterwards", "result", "claimed")).isEqualTo(2);
  }

  @Test
  void completionsThatAreDelayedAndLeasesThatAreLost() {
    guard.close();
    guard = guard(Mode.LEASE);
    Decision first = decide(TestDelivery.at("0/1"));
    Decision second = decide(TestDelivery.at("0/2"));
    service.settleAnswer = new SettleAnswer.NotNow("down", null);
    settle(first, Outcome.SUCCEEDED);
    assertThat(count("onceonly.settlements.delayed", "outcome", "succeeded")).isEqualTo(1);
    service.settleAnswer = new SettleAnswer.Refused(new IllegalStateException("422"), true);
    time.advance(Duration.ofMinutes(10));
    assertThat(count("onceonly.settlements", "outcome", "succeeded", "result", "given_up"))
        .isEqualTo(1);

    service.settleAnswer = new SettleAnswer.LeaseLost("another's");
    settle(second, Outcome.SUCCEEDED);
    assertThat(count("onceonly.leases.lost")).isEqualTo(1);
  }

  @Test
  void destinationsPastTheBoundShareOne() {
    OnceOnlyMetrics bounded = OnceOnlyMetrics.bindTo(registry, "small", 2);
    for (int i = 0; i < 50; i++) {
      bounded.decided(
          new TestDelivery("topic-" + i, null, Map.of()),
          new Decision.Skip(Decision.SkipReason.DUPLICATE, null, false),
          Duration.ZERO);
    }
    assertThat(
            registry.find("onceonly.decisions").tags("group", "small").counters().stream()
                .map(counter -> counter.getId().getTag("destination"))
                .distinct())
        .containsExactlyInAnyOrder("topic-0", "topic-1", OnceOnlyMetrics.OTHER_DESTINATIONS);
    assertThat(
            registry
                .get("onceonly.decisions")
                .tags("group", "small", "destination", "other", "reason", "duplicate")
                .counter()
                .count())
        .isEqualTo(48);
  }

  private double decisions(String destination, String decision, String reason) {
    return count(
        "onceonly.decisions", "destination", destination, "decision", decision, "reason", reason);
  }

  private double count(String name, String... tags) {
    return registry.get(name).tags("group", "billing").tags(tags).counter().count();
  }

  private DeliveryGuard guard(Mode mode) {
    return new DeliveryGuard(
        service,
        GuardOptions.builder(new KeyScheme("g", "1", List.of(KeySources.position())))
            .mode(mode)
            .events(metrics)
            .nanoTime(time::now)
            .build(),
        time);
  }

  private Decision decide(Delivery delivery) {
    return guard.decide(delivery, Duration.ofSeconds(2)).toCompletableFuture().getNow(null);
  }

  private void settle(Decision decision, Outcome outcome) {
    assertThat(guard.settle(decision, outcome).toCompletableFuture()).isCompleted();
  }
}
