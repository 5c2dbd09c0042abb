package tech.onceonly.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import tech.onceonly.CallDecision;

/**
 * Counts what becomes of the calls of one idempotent function, as {@code onceonly.calls}. Its
 * counters are there with 0 from the start. Thread-safe.
 */
public final class CallMetrics implements Consumer<CallDecision> {

  private final Map<CallDecision, Counter> counters = new EnumMap<>(CallDecision.class);

  private CallMetrics(MeterRegistry registry, String name) {
    for (CallDecision decision : CallDecision.values()) {
      counters.put(
          decision,
          Counter.builder("onceonly.calls")
              .description("Calls of idempotent functions, by what became of them")
              .tags("name", name, "decision", decision.word())
              .register(registry));
    }
  }

  /**
   * To be handed to a function's {@code onDecided}.
   *
   * @param name of the function
   */
  public static CallMetrics bindTo(MeterRegistry registry, String name) {
    return new CallMetrics(registry, name);
  }

  @Override
  public void accept(CallDecision decision) {
    Objects.requireNonNull(counters.get(decision)).increment();
  }
}
