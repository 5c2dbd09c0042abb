package tech.onceonly;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Guards, each a process of its own, on one service and one clock that moves when told. */
final class GuardFixture implements AutoCloseable {

  static final Duration BUDGET = Duration.ofSeconds(2);

  final ManualScheduler time = new ManualScheduler();
  final FakeClaimService service = new FakeClaimService(time::now);
  final GuardCounters counters = new GuardCounters();
  private final List<DeliveryGuard> guards = new ArrayList<>();

  GuardOptions.Builder options() {
    return GuardOptions.builder(
            new KeyScheme(
                "g",
                KeyScheme.DEFAULT_GENERATION,
                List.of(KeySources.header("Idempotency-Key"), KeySources.position())))
        .events(counters)
        .nanoTime(time::now);
  }

  DeliveryGuard guard(GuardOptions.Builder options) {
    DeliveryGuard guard = new DeliveryGuard(service, options.build(), time);
    guards.add(guard);
    return guard;
  }

  DeliveryGuard checkLock() {
    return guard(options());
  }

  DeliveryGuard lease() {
    return guard(options().mode(Mode.LEASE));
  }

  Decision decide(DeliveryGuard guard, String position) {
    return now(guard.decide(TestDelivery.at(position), BUDGET));
  }

  Decision.Process process(DeliveryGuard guard, String position) {
    Decision decision = decide(guard, position);
    assertThat(decision).isInstanceOf(Decision.Process.class);
    return (Decision.Process) decision;
  }

  void settle(DeliveryGuard guard, Decision decision, Outcome outcome) {
    now(guard.settle(decision, outcome));
  }

  static <T> T now(CompletionStage<T> stage) {
    assertThat(stage.toCompletableFuture().isDone()).as("done").isTrue();
    return stage.toCompletableFuture().getNow(null);
  }

  @Override
  public void close() {
    guards.forEach(DeliveryGuard::close);
    time.shutdownNow();
  }
}
