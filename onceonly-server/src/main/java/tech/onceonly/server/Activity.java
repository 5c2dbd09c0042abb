package tech.onceonly.server;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts what was decided lately, by outcome: the last minute by the second, the last hour by the
 * minute. Bounded: what is older makes room. Counts live in this process and begin at zero with it.
 * Thread-safe.
 */
final class Activity {
  private final Ring seconds = new Ring(1_000);
  private final Ring minutes = new Ring(60_000);

  /** What was counted from that moment on, a second or a minute long. */
  record Slot(long beganMillis, Map<String, Long> counts) {}

  /**
   * @param outcome a word of the wire's, of which there are few
   */
  void add(long nowMillis, String outcome) {
    seconds.add(nowMillis, outcome);
    minutes.add(nowMillis, outcome);
  }

  /** Those of the last sixty seconds in which anything was counted, oldest first. */
  List<Slot> seconds(long nowMillis) {
    return seconds.latest(nowMillis);
  }

  /** Those of the last sixty minutes in which anything was counted, oldest first. */
  List<Slot> minutes(long nowMillis) {
    return minutes.latest(nowMillis);
  }

  private static final class Ring {
    private static final int SLOTS = 60;

    private final long slotMillis;
    private final long[] numbers = new long[SLOTS];
    private final List<Map<String, Long>> counts =
        new ArrayList<>(Collections.nCopies(SLOTS, Map.of()));

    Ring(long slotMillis) {
      this.slotMillis = slotMillis;
    }

    synchronized void add(long nowMillis, String outcome) {
      long number = Math.floorDiv(nowMillis, slotMillis);
      int index = Math.floorMod(number, SLOTS);
      Map<String, Long> slot = counts.get(index);
      if (numbers[index] != number || slot.isEmpty()) {
        // Also where the clock was set back: what is told is what came last.
        numbers[index] = number;
        slot = new TreeMap<>();
        counts.set(index, slot);
      }
      slot.merge(outcome, 1L, Long::sum);
    }

    synchronized List<Slot> latest(long nowMillis) {
      long last = Math.floorDiv(nowMillis, slotMillis);
      List<Slot> slots = new ArrayList<>();
      for (long number = last - SLOTS + 1; number <= last; number++) {
        int index = Math.floorMod(number, SLOTS);
        Map<String, Long> slot = counts.get(index);
        if (numbers[index] == number && !slot.isEmpty()) {
          slots.add(new Slot(number * slotMillis, new TreeMap<>(slot)));
        }
      }
      return slots;
    }
  }
}
