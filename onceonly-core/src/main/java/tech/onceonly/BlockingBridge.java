package tech.onceonly;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The one place where a thread waits for an asynchronous answer.
 *
 * <p>For threads that belong to the caller: a Kafka poll, a JMS listener, {@code main}. Never from
 * an event loop, which would wait for itself.
 */
public final class BlockingBridge {

  private BlockingBridge() {}

  /**
   * Waits for the stage's value.
   *
   * @throws TimeoutException if it is not there in time; the work itself goes on
   * @throws InterruptedException if the thread is interrupted, before or while it waits
   * @throws RuntimeException the stage's own failure, unwrapped; a checked one as the cause of an
   *     {@link IllegalStateException}
   */
  public static <T> T await(CompletionStage<T> stage, Duration timeout)
      throws InterruptedException, TimeoutException {
    try {
      return stage.toCompletableFuture().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof RuntimeException failure) {
        throw failure;
      }
      if (cause instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(cause);
    }
  }

  /**
   * Waits until the stage has ended or the time is over.
   *
   * @return whether the stage has ended; its failure is not told
   * @throws InterruptedException if the thread is interrupted, before or while it waits
   */
  public static boolean awaitEnd(CompletionStage<?> stage, Duration timeout)
      throws InterruptedException {
    try {
      stage.toCompletableFuture().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (ExecutionException | CancellationException e) {
      return true; // whoever reads the stage is told
    } catch (TimeoutException e) {
      return false;
    }
  }

  /**
   * Waits for the stage's value to the end, whatever interrupts: for stages that are bounded by
   * themselves. An interrupt is not lost: the thread's flag is set again before this returns.
   */
  public static <T> T awaitUninterruptibly(CompletionStage<T> stage) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return await(stage, Duration.ofDays(365));
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (TimeoutException e) {
          // A year has passed; the stage is bounded by its owner, not by us.
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Waits until the stage has ended or the time is over, whatever interrupts: for a wait on the way
   * out, which may well have begun with an interrupt. The thread's flag is set again before this
   * returns.
   *
   * @return whether the stage has ended; its failure is not told
   */
  public static boolean awaitUninterruptibly(CompletionStage<?> stage, Duration most) {
    CompletableFuture<Boolean> ended = stage.handle((value, failure) -> true).toCompletableFuture();
    // A copy, since it may be waited for again.
    return awaitUninterruptibly(
        ended.copy().completeOnTimeout(false, most.toNanos(), TimeUnit.NANOSECONDS));
  }

  /** Lets time pass, for a caller that asks again later. */
  public static void pause(Duration duration) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(duration.toNanos());
  }
}
