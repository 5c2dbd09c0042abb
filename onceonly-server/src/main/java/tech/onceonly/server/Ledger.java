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
  void counted(Usage.Kind kind, boolean blocked, String type, String key) {
    long now = clock.millis();
    usage.count(kind, now, blocked);
    events.add(now, type, key);
  }

  /** Anything else worth seeing. */
  void noted(String type, String key) {
    events.add(clock.millis(), type, key);
  }

  Usage usage() {
    return usage;
  }

  EventLog events() {
    return events;
  }
}
