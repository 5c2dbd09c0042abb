package tech.onceonly.server;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** So many calls a second, and a second's worth at once. Thread-safe. */
final class RateLimit {
  private static final long MICROS_A_SECOND = 1_000_000;

  private final double microsACall;
  private final InstantSource clock;

  /** Until when what was taken so far would have taken at an even pace, in microseconds. */
  private final AtomicLong takenUntil = new AtomicLong(Long.MIN_VALUE);

  /**
   * @param callsPerSecond null for any number
   */
  RateLimit(@Nullable Integer callsPerSecond, InstantSource clock) {
    this.microsACall = callsPerSecond == null ? 0 : (double) MICROS_A_SECOND / callsPerSecond;
    this.clock = clock;
  }

  /** Takes one; or, where there is no room, tells how long to wait. */
  @Nullable Duration take() {
    if (microsACall == 0) {
      return null;
    }
    long now = clock.millis() * 1_000;
    long each = Math.max(1, Math.round(microsACall));
    while (true) {
      long until = takenUntil.get();
      // A clock that was set back must not shut everybody out for as long.
      long begin = until < now || until > now + MICROS_A_SECOND ? now : until;
      long room = now + MICROS_A_SECOND - begin;
      if (room < microsACall) {
        return Duration.ofNanos(Math.round((microsACall - room) * 1_000));
      }
      if (takenUntil.compareAndSet(until, begin + each)) {
        return null;
      }
    }
  }
}
