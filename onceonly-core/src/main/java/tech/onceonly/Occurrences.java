package tech.onceonly;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts by name what may be met with every delivery, and tells when that is worth a line in the
 * log: the first, tenth, hundredth time and so on. Names past a bound count as one. Thread-safe.
 */
final class Occurrences {

  private static final int MOST_NAMES = 100;

  private final Map<String, AtomicLong> counts = new ConcurrentHashMap<>();
  private final AtomicLong others = new AtomicLong();

  /** Counts one more of this name: how many there were where that is worth a line, else 0. */
  long worthALine(String name) {
    AtomicLong count = counts.get(name);
    if (count == null) {
      count =
          counts.size() < MOST_NAMES
              ? counts.computeIfAbsent(name, unused -> new AtomicLong())
              : others;
    }
    long met = count.incrementAndGet();
    return isPowerOfTen(met) ? met : 0;
  }

  private static boolean isPowerOfTen(long number) {
    long left = number;
    while (left % 10 == 0) {
      left /= 10;
    }
    return left == 1;
  }
}
