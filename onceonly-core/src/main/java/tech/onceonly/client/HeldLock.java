package tech.onceonly.client;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A check-lock claim, won or in doubt: it stays, unless the function fails and the server takes
 * claims back. That is told again until it is answered, since a retry is a duplicate before.
 */
final class HeldLock implements Held {

  private static final Logger LOG = LoggerFactory.getLogger(HeldLock.class);

  /** About ten minutes. */
  private static final int MAX_TRIES = 120;

  private final OnceOnlyClient client;
  private final String key;
  private final @Nullable String requestId;
  private final Map<String, CompletableFuture<Void>> givingBack;

  /**
   * @param requestId of the call that won it, or may have
   * @param givingBack where others find, by key, what is still to be given back
   */
  HeldLock(
      OnceOnlyClient client,
      String key,
      @Nullable String requestId,
      Map<String, CompletableFuture<Void>> givingBack) {
    this.client = client;
    this.key = key;
    this.requestId = requestId;
    this.givingBack = givingBack;
  }

  @Override
  public CompletableFuture<Void> done(@Nullable Object result) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Void> giveBack() {
    // Where the server has not declared that it takes claims back, it is one that never does; or
    // the outage that put this claim in doubt came before its first answer.
    if (requestId == null || !client.canRelease()) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> firstTry = new CompletableFuture<>();
    CompletableFuture<Void> end = new CompletableFuture<>();
    givingBack.put(key, end);
    release(requestId, 0, firstTry, end);
    return firstTry;
  }

  private void release(
      String id, int tries, CompletableFuture<Void> firstTry, CompletableFuture<Void> end) {
    var unused =
        client
            .release(key, id)
            .whenComplete(
                (state, failure) -> {
                  // Not ours is as good: a check-lock on its way wins nothing once it was released.
                  if (failure == null || failure instanceof LeaseLostException) {
                    end(end);
                  } else if (failure instanceof ClientClosedException || tries >= MAX_TRIES) {
                    LOG.warn("a failed call's claim could not be given back", failure);
                    end(end);
                  } else {
                    client
                        .timer()
                        .after(
                            RetryOptions.NONE.backoffBefore(tries),
                            () -> release(id, tries + 1, firstTry, end));
                  }
                  firstTry.complete(null);
                });
  }

  private void end(CompletableFuture<Void> end) {
    givingBack.remove(key, end);
    end.complete(null);
  }
}
