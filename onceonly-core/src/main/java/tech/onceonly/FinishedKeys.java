package tech.onceonly;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keys whose effect this process has seen happen: their duplicates need no call. It never holds a
 * key longer than the service does, nor longer than the setting.
 *
 * <p>Each finished delivery comes by here, so it costs as little as can be: what is new goes into
 * one map, and when that holds half of the bound, it becomes the old one, and the old one is let go
 * of. So the latest are known, between half and all of the bound. Thread-safe.
 */
final class FinishedKeys {

  /**
   * @param untilNanos until when it is remembered, on the guard's ticker
   * @param fingerprint of what had the effect; null where that is not known
   */
  record Finished(long untilNanos, @Nullable String fingerprint) {}

  private final int mostOfEach;
  private final long mostNanos;
  private final LongSupplier nanoTime;
  private volatile ConcurrentHashMap<IdempotencyKey, Finished> young = new ConcurrentHashMap<>();
  private volatile ConcurrentHashMap<IdempotencyKey, Finished> old = new ConcurrentHashMap<>();

  FinishedKeys(GuardOptions options) {
    int most = options.finishedCacheSize;
    mostOfEach = most == 0 ? 0 : Math.max(1, most / 2);
    mostNanos = options.finishedCacheTtl.toNanos();
    nanoTime = options.nanoTime;
  }

  boolean contains(IdempotencyKey key) {
    return find(key) != null;
  }

  /** Null where its effect is not known as done. */
  @Nullable Finished find(IdempotencyKey key) {
    Finished known = young.get(key);
    if (known == null) {
      known = old.get(key);
    }
    return known != null && nanoTime.getAsLong() - known.untilNanos < 0 ? known : null;
  }

  void forget(IdempotencyKey key) {
    // The young one first: what becomes old meanwhile is found there.
    young.remove(key);
    old.remove(key);
  }

  /** The service has been told that its effect has happened: it remembers that for days. */
  void addCompleted(IdempotencyKey key, @Nullable String fingerprint) {
    add(key, fingerprint, mostNanos);
  }

  /**
   * @param nanosLeft how long the service still remembers the key, more than 0
   */
  void add(IdempotencyKey key, @Nullable String fingerprint, long nanosLeft) {
    if (mostOfEach == 0) {
      return;
    }
    long until = nanoTime.getAsLong() + Math.min(nanosLeft, mostNanos);
    young.put(key, new Finished(until, fingerprint));
    if (young.mappingCount() >= mostOfEach) {
      age();
    }
  }

  private synchronized void age() {
    if (young.mappingCount() >= mostOfEach) {
      // In this order: who looks meanwhile finds what he looks for in one of both.
      old = young;
      young = new ConcurrentHashMap<>(mostOfEach);
    }
  }
}
