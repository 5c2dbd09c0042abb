package tech.onceonly.kafka;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * The thread that sees to a share consumer's acquisition locks while its user is at work. One for
 * each consumer: a broker that does not answer one must not cost the locks of another.
 */
final class LockRenewal implements AutoCloseable {

  /** The shortest lock that a broker takes is a second, and a third of it is let pass. */
  private static final long EVERY_MILLIS = 200;

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "onceonly-share-locks");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Starts.
   *
   * @param renewIfDue asked all the time; must not throw
   */
  LockRenewal(Runnable renewIfDue) {
    ScheduledFuture<?> unused =
        timer.scheduleWithFixedDelay(renewIfDue, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  boolean isClosed() {
    return timer.isShutdown();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
