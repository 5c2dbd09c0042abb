package tech.onceonly.server.store;

import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes of stored results against their bound. */
public final class ResultBudget {
  private final long maxBytes;
  private final AtomicLong usedBytes = new AtomicLong();

  public ResultBudget(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  public boolean take(int bytes) {
    if (usedBytes.addAndGet(bytes) <= maxBytes) {
      return true;
    }
    usedBytes.addAndGet(-bytes);
    return false;
  }

  public void free(int bytes) {
    if (bytes > 0) {
      usedBytes.addAndGet(-bytes);
    }
  }

  public long used() {
    return usedBytes.get();
  }
}
