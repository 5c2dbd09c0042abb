package tech.onceonly.benchmarks;

import java.util.Arrays;

/** Times that were taken. Thread-safe. */
final class Samples {

  private long[] nanos = new long[1_024];
  private int count;

  synchronized void add(long nanosTaken) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    nanos[count++] = nanosTaken;
  }

  /**
   * What that part of them did not exceed, in milliseconds.
   *
   * @param part above 0, up to 1
   */
  synchronized double millis(double part) {
    if (count == 0) {
      throw new IllegalStateException("nothing was measured");
    }
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return sorted[(int) Math.ceil(part * count) - 1] / 1e6;
  }
}
