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

  private final @Nullable Cache<IdempotencyKey, Long> cache;
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
                    Expiry.<IdempotencyKey, Long>creating((key, nanos) -> Duration.ofNanos(nanos)))
                .build();
  }

  boolean contains(IdempotencyKey key) {
    return cache != null && cache.getIfPresent(key) != null;
  }

  void forget(IdempotencyKey key) {
    if (cache != null) {
      cache.invalidate(key);
    }
  }

  /** The service has been told that its effect has happened: it remembers that for days. */
  void addCompleted(IdempotencyKey key) {
    add(key, mostNanos);
  }

  /**
   * @param nanosLeft how long the service still remembers the key, more than 0
   */
  void add(IdempotencyKey key, long nanosLeft) {
    if (cache != null) {
      cache.put(key, Math.min(nanosLeft, mostNanos));
    }
  }
}
