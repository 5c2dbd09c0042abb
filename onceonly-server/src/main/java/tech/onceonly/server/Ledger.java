package tech.onceonly.server;

import java.time.InstantSource;

/** Writes down what was decided: in the counters and among the latest events. Thread-safe. */
final class Ledger {
  private final InstantSource clock;
  private final Usage usage = new Usage();
  private final EventLog events = new EventLog();

  Ledger(InstantSource clock) {
    this.clock = clock;
  }

  /** A call that counts towards the month. */
  void counted(Usage.Kind kind, boolean blocked, String type, String key, String requestId) {
    long now = clock.millis();
    usage.count(kind, now, blocked);
    events.add(now, type, key, requestId);
  }

  /** Anything else worth seeing. */
  void noted(String type, String key, String requestId) {
    events.add(clock.millis(), type, key, requestId);
  }

  Usage usage() {
    return usage;
  }

  EventLog events() {
    return events;
  }
}
