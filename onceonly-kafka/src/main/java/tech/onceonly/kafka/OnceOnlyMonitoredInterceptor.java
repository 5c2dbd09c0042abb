package tech.onceonly.kafka;

import java.util.LinkedHashMap;
import java.util.function.LongSupplier;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.Monitorable;
import org.apache.kafka.common.metrics.PluginMetrics;
import tech.onceonly.GuardCounters;

/**
 * {@link OnceOnlyConsumerInterceptor}, with its counts among the consumer's own metrics: in {@code
 * consumer.metrics()}, in JMX, and wherever {@code metric.reporters} takes them.
 *
 * <p>Needs Kafka's clients 4.1 or later (KIP-877). On older ones it can't be loaded, and the
 * consumer is not made: name the other class there, which protects alike.
 *
 * <p>The metrics stand in the group {@code plugins} with the tags {@code config}, {@code class} and
 * the consumer's {@code client-id}. Each counts from the consumer's start and is named as in {@link
 * GuardCounters}, with dashes: {@code decision-skip-duplicate-total}. {@code faults-total} counts
 * polls and records that a fault of this library let through. They end with the consumer; where
 * everything passes there are none.
 */
public final class OnceOnlyMonitoredInterceptor<K, V> extends OnceOnlyConsumerInterceptor<K, V>
    implements Monitorable {

  /** For Kafka, which makes it by its name. */
  public OnceOnlyMonitoredInterceptor() {}

  OnceOnlyMonitoredInterceptor(InterceptorWiring wiring) {
    super(wiring);
  }

  /** Called by Kafka after {@code configure}. */
  @Override
  public void withPluginMetrics(PluginMetrics metrics) {
    GuardCounters counters = counters();
    if (counters == null) {
      return;
    }
    for (String name : GuardCounters.names()) {
      add(
          metrics,
          name.replace('.', '-').replace('_', '-') + "-total",
          "How often this has happened: " + name,
          () -> counters.count(name));
    }
    add(
        metrics,
        "faults-total",
        "Polls and records that a fault of this library let through",
        this::faults);
  }

  private static void add(
      PluginMetrics metrics, String name, String description, LongSupplier count) {
    metrics.addMetric(
        metrics.metricName(name, description, new LinkedHashMap<>()),
        (Gauge<Long>) (config, now) -> count.getAsLong());
  }
}
