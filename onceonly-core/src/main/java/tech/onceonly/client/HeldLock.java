package tech.onceonly.client;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A check-lock claim: it stays, unless the function fails and the server takes claims back. */
final class HeldLock implements Held {

  private static final Logger LOG = LoggerFactory.getLogger(HeldLock.class);

  private final OnceOnlyClient client;
  private final CheckLockResult.Locked claim;

  HeldLock(OnceOnlyClient client, CheckLockResult.Locked claim) {
    this.client = client;
    this.claim = claim;
  }

  @Override
  public CompletableFuture<Void> done(@Nullable Object result) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Void> giveBack() {
    String requestId = claim.requestId();
    if (requestId == null || !client.canRelease()) {
      return CompletableFuture.completedFuture(null);
    }
    return client
        .release(claim.key(), requestId)
        .handle(
            (state, failure) -> {
              if (failure != null) {
                LOG.warn("a failed call's claim could not be given back: {}", failure.toString());
              }
              return null;
            });
  }
}
