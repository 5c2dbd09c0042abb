package tech.onceonly.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import tech.onceonly.Decision;
import tech.onceonly.GuardCounters;

/** The meters of one destination's decisions, all made at once. */
final class DestinationMeters {

  private static final String DECISION = "decision.";

  /** By the names of {@link GuardCounters}: {@code decision.skip.duplicate}. */
  private final Map<String, Counter> decisions;

  private final Counter mismatches;
  private final Timer latency;

  DestinationMeters(MeterRegistry registry, Tags tags) {
    Map<String, Counter> counters = new HashMap<>();
    for (String name : GuardCounters.names()) {
      if (name.startsWith(DECISION)) {
        counters.put(name, counter(registry, tags, name.substring(DECISION.length())));
      }
    }
    decisions = Map.copyOf(counters);
    mismatches =
        Counter.builder("onceonly.fingerprint.mismatches")
            .description("Deliveries skipped whose key was claimed with another fingerprint")
            .tags(tags)
            .register(registry);
    latency =
        Timer.builder("onceonly.decision.latency")
            .description("From the question whether a delivery runs to the decision")
            .tags(tags)
            .register(registry);
  }

  void decided(Decision decision, Duration took) {
    Objects.requireNonNull(decisions.get(GuardCounters.nameOf(decision))).increment();
    latency.record(took);
  }

  void fingerprintMismatch() {
    mismatches.increment();
  }

  private static Counter counter(MeterRegistry registry, Tags tags, String decision) {
    int dot = decision.indexOf('.');
    return Counter.builder("onceonly.decisions")
        .description("Deliveries decided; in a dry run, as they would have been")
        .tags(
            tags.and(
                "decision", dot < 0 ? decision : decision.substring(0, dot),
                "reason", dot < 0 ? "none" : decision.substring(dot + 1)))
        .register(registry);
  }
}
