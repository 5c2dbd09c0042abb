package tech.onceonly.server;

import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes of stored results against their bound. */
final class ResultBudget {
  private final long maxBytes;
  private final AtomicLong usedBytes = new AtomicLong();

  ResultBudget(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  boolean take(int bytes) {
    if (usedBytes.addAndGet(bytes) <= maxBytes) {
      return true;
    }
    usedBytes.addAndGet(-bytes);
    return false;
  }

  void free(int bytes) {
    if (bytes > 0) {
      usedBytes.addAndGet(-bytes);
    }
  }

  long used() {
    return usedBytes.get();
  }
}
