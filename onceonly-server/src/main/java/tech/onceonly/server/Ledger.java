package tech.onceonly.server;

import java.time.InstantSource;

/**
 * Writes down what was decided for a tenant: in the counters and among the latest events; and tells
 * it to a probe. Thread-safe.
 */
final class Ledger {
  /** As the wire says it: one key, two fingerprints. */
  static final String MISMATCH = "fingerprint_mismatch";

  private final InstantSource clock;
  private final Usage usage = new Usage();
  private final EventLog events = new EventLog();
  private final Activity activity = new Activity();

  private final String tenant;
  private final ServerProbe probe;
  private final ServerMetrics metrics;

  Ledger(String tenant, InstantSource clock, ServerProbe probe, ServerMetrics metrics) {
    this.tenant = tenant;
    this.clock = clock;
    this.probe = probe;
    this.metrics = metrics;
  }

  /** A call that counts towards the month. */
  void counted(Usage.Kind kind, boolean blocked, String type, String key, Exchange exchange) {
    long now = clock.millis();
    usage.count(kind, now, blocked);
    // A lease is told how the key's work ended; here that would count the ending once more.
    tell(now, blocked && !type.equals("in_progress") ? "duplicate" : type, key);
    String call = wordOf(kind);
    metrics.decided(tenant, call, type);
    probe.decided(new ServerProbe.Decided(call, key, type, exchange.requestId()));
  }

  /** Beside a call that was counted: its key was claimed with another fingerprint. */
  void mismatched(Usage.Kind kind, String key, Exchange exchange) {
    tell(clock.millis(), MISMATCH, key);
    String call = wordOf(kind);
    metrics.mismatched(tenant, call);
    probe.mismatched(new ServerProbe.Mismatched(call, key, exchange.requestId()));
  }

  /** Anything else worth seeing. */
  void noted(String type, String key, Exchange exchange) {
    tell(clock.millis(), type, key);
    metrics.decided(tenant, "settle", type);
    probe.decided(new ServerProbe.Decided("settle", key, type, exchange.requestId()));
  }

  /** The kind of call, as probes and metrics have it. */
  static String wordOf(Usage.Kind kind) {
    return kind == Usage.Kind.MAKE ? "check-lock" : "lease";
  }

  private void tell(long now, String type, String key) {
    activity.add(now, type);
    events.add(now, type, key);
  }

  Usage usage() {
    return usage;
  }

  EventLog events() {
    return events;
  }

  Activity activity() {
    return activity;
  }
}
