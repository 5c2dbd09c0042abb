package tech.onceonly.server;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** The latest decisions, a bounded ring: the oldest makes room for the newest. Thread-safe. */
final class EventLog {
  static final int CAPACITY = 1_024;

  private final AtomicReferenceArray<Event> ring = new AtomicReferenceArray<>(CAPACITY);
  private final AtomicLong written = new AtomicLong();

  /** Without the request id: it proves who won a claim, and this list is for any caller. */
  record Event(long atMillis, String type, String key) {}

  void add(long atMillis, String type, String key) {
    int slot = (int) (written.getAndIncrement() % CAPACITY);
    ring.set(slot, new Event(atMillis, type, key));
  }

  /** The latest, newest first. */
  List<Event> latest(int limit) {
    long end = written.get();
    long begin = Math.max(0, end - Math.min(limit, CAPACITY));
    List<Event> events = new ArrayList<>((int) (end - begin));
    for (long i = end - 1; i >= begin; i--) {
      Event event = ring.get((int) (i % CAPACITY));
      // A slot whose writer has counted but not yet written is passed over.
      if (event != null) {
        events.add(event);
      }
    }
    return events;
  }
}
