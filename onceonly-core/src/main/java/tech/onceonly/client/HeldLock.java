package tech.onceonly.client;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A check-lock claim, won or in doubt: it stays, unless the function fails and the server takes
 * claims back.
 *
 * @param requestId of the call that won it, or may have
 */
record HeldLock(String key, @Nullable String requestId, FailedLocks failed) implements Held {

  @Override
  public CompletableFuture<Void> done(@Nullable Object result) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Void> giveBack() {
    return requestId == null
        ? CompletableFuture.completedFuture(null)
        : failed.giveBack(key, requestId);
  }
}
