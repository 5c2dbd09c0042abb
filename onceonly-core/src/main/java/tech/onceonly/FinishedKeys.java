package tech.onceonly;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keys whose effect this process has seen happen: their duplicates need no call. It never holds a
 * key longer than the service does, nor longer than the setting.
 */
final class FinishedKeys {

  /**
   * @param nanos how long it is remembered
   * @param fingerprint of what had the effect; null where that is not known
   */
  record Finished(long nanos, @Nullable String fingerprint) {}

  private final @Nullable Cache<IdempotencyKey, Finished> cache;
  private final long mostNanos;

  FinishedKeys(GuardOptions options) {
    mostNanos = options.finishedCacheTtl.toNanos();
    cache =
        options.finishedCacheSize == 0
            ? null
            : Caffeine.newBuilder()
                .maximumSize(options.finishedCacheSize)
                .ticker(options.nanoTime::getAsLong)
                .executor(Runnable::run)
                .expireAfter(
                    Expiry.<IdempotencyKey, Finished>creating(
                        (key, known) -> Duration.ofNanos(known.nanos)))
                .build();
  }

  boolean contains(IdempotencyKey key) {
    return find(key) != null;
  }

  /** Null where its effect is not known as done. */
  @Nullable Finished find(IdempotencyKey key) {
    return cache == null ? null : cache.getIfPresent(key);
  }

  void forget(IdempotencyKey key) {
    if (cache != null) {
      cache.invalidate(key);
    }
  }

  /** The service has been told that its effect has happened: it remembers that for days. */
  void addCompleted(IdempotencyKey key, @Nullable String fingerprint) {
    add(key, fingerprint, mostNanos);
  }

  /**
   * @param nanosLeft how long the service still remembers the key, more than 0
   */
  void add(IdempotencyKey key, @Nullable String fingerprint, long nanosLeft) {
    if (cache != null) {
      cache.put(key, new Finished(Math.min(nanosLeft, mostNanos), fingerprint));
    }
  }
}
