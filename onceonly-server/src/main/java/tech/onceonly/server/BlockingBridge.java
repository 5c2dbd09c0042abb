package tech.onceonly.server;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The one place of the server where a thread waits: to start it and to close it. */
final class BlockingBridge {
  private BlockingBridge() {}

  /**
   * Waits, within the bound, for the outcome.
   *
   * @throws ServerException where it failed, took too long, or the wait was interrupted
   */
  static <T> T await(CompletionStage<T> stage, Duration bound, String doing) {
    try {
      return stage.toCompletableFuture().get(bound.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new ServerException(doing + " failed: " + cause.getMessage(), cause);
    } catch (TimeoutException e) {
      throw new ServerException(doing + " took longer than " + bound, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServerException(doing + " was interrupted", e);
    }
  }
}
