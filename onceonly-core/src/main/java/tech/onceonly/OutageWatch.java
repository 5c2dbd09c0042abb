package tech.onceonly;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees an outage begin and end, and says so once each.
 *
 * <p>It ends with the first answer after a quiet second, so that a service that answers every other
 * call is one outage and not a hundred.
 */
final class OutageWatch {

  private static final Logger LOG = LoggerFactory.getLogger(OutageWatch.class);
  private static final long QUIET_NANOS = Duration.ofSeconds(1).toNanos();

  private final GuardOptions options;
  private final GuardEvents events;
  private final Runnable whenOver;

  private volatile boolean out;
  private boolean closed;
  private long beganNanos;
  private long lastFailureNanos;
  private long unprotected;

  OutageWatch(GuardOptions options, GuardEvents events, Runnable whenOver) {
    this.options = options;
    this.events = events;
    this.whenOver = whenOver;
  }

  void answered() {
    if (!out) {
      return;
    }
    long count;
    Duration lasted;
    synchronized (this) {
      long now = options.nanoTime.getAsLong();
      if (!out || now - lastFailureNanos < QUIET_NANOS) {
        return;
      }
      out = false;
      count = unprotected;
      lasted = Duration.ofNanos(now - beganNanos);
    }
    LOG.info(
        "the OnceOnly API answers again after {} ms; {} deliveries ran unprotected meanwhile",
        lasted.toMillis(),
        count);
    events.outageEnded(lasted, count);
    whenOver.run();
  }

  void failed(OutageReason reason, String message) {
    synchronized (this) {
      long now = options.nanoTime.getAsLong();
      lastFailureNanos = now;
      if (out || closed) {
        return;
      }
      out = true;
      beganNanos = now;
      unprotected = 0;
    }
    LOG.warn(
        "the OnceOnly API gives no answer to rely on ({}: {}); deliveries {} until it does",
        reason.word(),
        message,
        options.failOpen ? "run unprotected" : "are held");
    events.outageBegan(reason);
  }

  /** Who counts what began and ended must not be left with an outage for ever. */
  void close() {
    long count;
    Duration lasted;
    synchronized (this) {
      closed = true;
      if (!out) {
        return;
      }
      out = false;
      count = unprotected;
      lasted = Duration.ofNanos(options.nanoTime.getAsLong() - beganNanos);
    }
    events.outageEnded(lasted, count);
  }

  synchronized void ranUnprotected() {
    unprotected++;
  }

  boolean isOut() {
    return out;
  }
}
