package tech.onceonly.server;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import tech.onceonly.server.store.Capacity;
import tech.onceonly.server.store.ClaimStore;

/** Counts with Micrometer, and writes Prometheus' page. Names and words stand in docs/server.md. */
final class PrometheusMetrics implements ServerMetrics {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();

  /** Looked up for every operation: a registry's own look-up makes tags each time. */
  private final Map<Decision, Counter> decisions = new ConcurrentHashMap<>();

  private final Map<Answer, Timer> answers = new ConcurrentHashMap<>();

  /** As many as there are tenants, calls and words: bounded. */
  private record Decision(String tenant, String call, String outcome) {}

  private record Answer(Route route, int status) {}

  PrometheusMetrics() {
    collections.bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  @Override
  public void decided(String tenant, String call, String outcome) {
    decisions.computeIfAbsent(new Decision(tenant, call, outcome), this::counter).increment();
  }

  @Override
  public void expect(String tenant) {
    for (Usage.Kind kind : Usage.Kind.values()) {
      mismatches(tenant, Ledger.wordOf(kind));
    }
  }

  @Override
  public void mismatched(String tenant, String call) {
    mismatches(tenant, call).increment();
  }

  @Override
  public void answered(Route route, int status, long nanos) {
    answers
        .computeIfAbsent(new Answer(route, status), this::timer)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void watch(ClaimStore store, Capacity connections) {
    gauge("onceonly.server.keys", "Keys in the store, live or not yet cleared away", store::size);
    gauge("onceonly.server.results", "Bytes of stored results", store::resultBytes);
    gauge(
        "onceonly.server.evicting",
        "Redis servers that would drop live keys to make room",
        store::evictingNodes);
    gauge("onceonly.server.connections", "Open connections", connections::used);
  }

  @Override
  public String page() {
    return registry.scrape();
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }

  /** Rare: a registry's own look-up will do. */
  private Counter mismatches(String tenant, String call) {
    return Counter.builder("onceonly.server.fingerprint.mismatches")
        .description("Claims told that their key was claimed with another fingerprint")
        .tag("tenant", tenant)
        .tag("call", call)
        .register(registry);
  }

  private Counter counter(Decision decision) {
    return Counter.builder("onceonly.server.operations")
        .description("Claims decided, and claims extended or settled")
        .tag("tenant", decision.tenant())
        .tag("call", decision.call())
        .tag("outcome", decision.outcome())
        .register(registry);
  }

  private Timer timer(Answer answer) {
    return Timer.builder("onceonly.server.requests")
        .description("From a request's arrival to its answer; a batch is one request")
        .tag("route", answer.route().name().toLowerCase(Locale.ROOT))
        .tag("status", Integer.toString(answer.status()))
        .serviceLevelObjectives(
            Duration.ofNanos(500_000),
            Duration.ofMillis(1),
            Duration.ofMillis(5),
            Duration.ofMillis(25),
            Duration.ofMillis(100),
            Duration.ofSeconds(1))
        .register(registry);
  }

  private void gauge(String name, String description, LongSupplier number) {
    Gauge.builder(name, number, supplier -> known(supplier.getAsLong()))
        .description(description)
        .strongReference(true)
        .register(registry);
  }

  /** A shared store does not know how many keys it holds. */
  private static double known(long number) {
    return number < 0 ? Double.NaN : number;
  }
}
