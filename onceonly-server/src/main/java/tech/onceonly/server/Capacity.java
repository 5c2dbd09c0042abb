package tech.onceonly.server;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts the keys held against their bound, exactly, under any race. */
final class Capacity {
  private final int max;
  private final AtomicInteger used = new AtomicInteger();

  Capacity(int max) {
    this.max = max;
  }

  boolean take() {
    if (used.incrementAndGet() <= max) {
      return true;
    }
    used.decrementAndGet();
    return false;
  }

  void free() {
    used.decrementAndGet();
  }

  int used() {
    return used.get();
  }
}
