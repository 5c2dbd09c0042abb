package tech.onceonly.testing;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for a condition, never for a time. */
public final class Await {

  /**
   * How long a test waits for what is to come: as long as the slowest machine takes. It bounds what
   * fails; what is well is done sooner.
   */
  public static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final long PAUSE_MILLIS = 20;

  private Await() {}

  /**
   * Returns once the condition holds; asks every 20 ms.
   *
   * @throws IllegalStateException naming the condition, where it does not hold in time
   */
  public static void until(String condition, Duration timeout, BooleanSupplier holds) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() - deadline >= 0) {
        throw new IllegalStateException("Not within " + timeout.toMillis() + " ms: " + condition);
      }
      try {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while waiting: " + condition, e);
      }
    }
  }
}
