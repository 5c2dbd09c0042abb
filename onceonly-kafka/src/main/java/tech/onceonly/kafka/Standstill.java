package tech.onceonly.kafka;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.Decision;

/**
 * A poll that can't be answered yet: how long to pause before it is asked again, and what is said
 * of it. It is said when it begins, every 30 s, and when it ends. Rate limits that come and go are
 * said once in 30 s. Used by one thread.
 */
final class Standstill {

  private static final Logger LOG = LoggerFactory.getLogger(Standstill.class);
  private static final long BETWEEN_LINES = Duration.ofSeconds(30).toNanos();
  private static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);
  private static final Duration LEAST_PAUSE = Duration.ofMillis(50);

  private final String groupId;
  private final Duration maxHold;
  private final LongSupplier nanoTime;

  private boolean standing;
  private boolean said;
  private int refusals;
  private long beganNanos;
  private long saidNanos;

  Standstill(String groupId, Duration maxHold, LongSupplier nanoTime) {
    this.groupId = groupId;
    this.maxHold = maxHold;
    this.nanoTime = nanoTime;
    saidNanos = nanoTime.getAsLong() - BETWEEN_LINES;
  }

  /**
   * A question was answered with no.
   *
   * @param obstacle a {@link Decision.Refuse}, a {@link Decision.Hold}, or null for no answer
   * @param records that wait for it
   * @return how long to wait
   */
  Duration pause(@Nullable Decision obstacle, int records) {
    long now = nanoTime.getAsLong();
    boolean refused = obstacle instanceof Decision.Refuse;
    boolean begins = !standing;
    if (begins) {
      standing = true;
      said = false;
      beganNanos = now;
      refusals = 0;
    }
    if (now - saidNanos >= BETWEEN_LINES || (refused && !said)) {
      say(obstacle, records, now);
    }
    Duration wait = refused ? backoff() : retryAfter(obstacle);
    wait = wait.compareTo(maxHold) > 0 ? maxHold : wait;
    return wait.compareTo(LEAST_PAUSE) < 0 ? LEAST_PAUSE : wait;
  }

  /** The poll is answered. */
  void end() {
    if (standing && said) {
      LOG.info(
          "group {}: records are handed over again after {} ms; none was lost",
          groupId,
          Duration.ofNanos(nanoTime.getAsLong() - beganNanos).toMillis());
    }
    standing = false;
  }

  private void say(@Nullable Decision obstacle, int records, long now) {
    said = true;
    saidNanos = now;
    long seconds = Duration.ofNanos(now - beganNanos).toSeconds();
    if (obstacle instanceof Decision.Refuse refuse) {
      LOG.error(
          "group {}: the consumer stands still, since {} s: {} records can neither be handed over"
              + " nor skipped ({}). Mend that, and it goes on by itself; it commits nothing"
              + " meanwhile. To stop it, kill the process.",
          groupId,
          seconds,
          records,
          String.valueOf(refuse.cause().getMessage()));
    } else {
      LOG.warn(
          "group {}: the consumer waits, since {} s: {} records are not handed over yet ({})",
          groupId,
          seconds,
          records,
          obstacle instanceof Decision.Hold hold ? hold.reason() : "no answer");
    }
  }

  private Duration backoff() {
    return FIRST_BACKOFF.multipliedBy(1L << Math.min(refusals++, 16));
  }

  private static Duration retryAfter(@Nullable Decision obstacle) {
    return obstacle instanceof Decision.Hold hold ? hold.retryAfter() : FIRST_BACKOFF;
  }
}
