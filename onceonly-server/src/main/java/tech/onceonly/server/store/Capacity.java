package tech.onceonly.server.store;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts the keys held against their bound, exactly, under any race. */
public final class Capacity {
  private final int max;
  private final AtomicInteger used = new AtomicInteger();

  public Capacity(int max) {
    this.max = max;
  }

  public boolean take() {
    if (used.incrementAndGet() <= max) {
      return true;
    }
    used.decrementAndGet();
    return false;
  }

  public void free() {
    used.decrementAndGet();
  }

  public int used() {
    return used.get();
  }
}
