package tech.onceonly;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deliveries that can't be decided yet, for adapters that wait on their caller's thread: how long
 * to pause before asking again, and what is said of it. It is said when it begins, every 30 s, and
 * when it ends. Rate limits that come and go are said once in 30 s.
 *
 * <p>Thread-safe; several threads that share one are spoken of as one, and back off together.
 */
public final class Standstill {

  private static final Logger LOG = LoggerFactory.getLogger(Standstill.class);
  private static final long BETWEEN_LINES = Duration.ofSeconds(30).toNanos();
  private static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);
  private static final Duration LEAST_PAUSE = Duration.ofMillis(50);

  private final String who;
  private final Duration maxHold;
  private final LongSupplier nanoTime;

  private boolean standing;
  private boolean said;
  private int refusals;
  private long beganNanos;
  private long saidNanos;

  /**
   * @param who waits, as the log names it: {@code group payments}
   * @param maxHold caps a pause
   * @param nanoTime a ticker, in nanoseconds
   */
  public Standstill(String who, Duration maxHold, LongSupplier nanoTime) {
    this.who = who;
    this.maxHold = maxHold;
    this.nanoTime = nanoTime;
    saidNanos = nanoTime.getAsLong() - BETWEEN_LINES;
  }

  /**
   * A question was answered with no.
   *
   * @param obstacle a {@link Decision.Refuse}, a {@link Decision.Hold}, or null for no answer
   * @param deliveries that wait for it
   * @return how long to wait
   */
  public synchronized Duration pause(@Nullable Decision obstacle, int deliveries) {
    long now = nanoTime.getAsLong();
    boolean refused = obstacle instanceof Decision.Refuse;
    if (!standing) {
      standing = true;
      said = false;
      beganNanos = now;
      refusals = 0;
    }
    if (now - saidNanos >= BETWEEN_LINES || (refused && !said)) {
      say(obstacle, deliveries, now);
    }
    Duration wait = refused ? backoff() : retryAfter(obstacle);
    wait = wait.compareTo(maxHold) > 0 ? maxHold : wait;
    return wait.compareTo(LEAST_PAUSE) < 0 ? LEAST_PAUSE : wait;
  }

  /** What waited is decided. */
  public synchronized void end() {
    if (standing && said) {
      LOG.info(
          "{}: deliveries are handed over again after {} ms; none was lost",
          who,
          Duration.ofNanos(nanoTime.getAsLong() - beganNanos).toMillis());
    }
    standing = false;
  }

  private void say(@Nullable Decision obstacle, int deliveries, long now) {
    said = true;
    saidNanos = now;
    long seconds = Duration.ofNanos(now - beganNanos).toSeconds();
    if (obstacle instanceof Decision.Refuse refuse) {
      LOG.error(
          "{}: the consumer stands still, since {} s: {} deliveries can neither be handed over nor"
              + " skipped ({}). Mend that, and it goes on by itself; it acknowledges nothing"
              + " meanwhile.",
          who,
          seconds,
          deliveries,
          String.valueOf(refuse.cause().getMessage()));
    } else {
      LOG.warn(
          "{}: the consumer waits, since {} s: {} deliveries are not handed over yet ({})",
          who,
          seconds,
          deliveries,
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
