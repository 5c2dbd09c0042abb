package tech.onceonly.client;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Check-lock claims of one function's calls that failed, until the server has taken them back. That
 * is told again until it is answered, since a retry is taken for a duplicate before. Thread-safe.
 */
final class FailedLocks {

  private static final Logger LOG = LoggerFactory.getLogger(FailedLocks.class);

  /** About a day, since the latest of them failed. */
  private static final int MAX_TRIES = 17_280;

  /** So that an outage leaves no more behind; beyond these a claim is told once. */
  private static final int MAX_KEYS = 10_000;

  private static final int MAX_CLAIMS_OF_KEY = 100;

  private final OnceOnlyClient client;

  /** A key's claims, by their request ids, and how often they were told in vain. */
  private static final class OfKey {
    final Set<String> requestIds = new HashSet<>();
    int tries;
  }

  private final Map<String, OfKey> failed = new ConcurrentHashMap<>();

  FailedLocks(OnceOnlyClient client) {
    this.client = client;
  }

  /** Completes with the first try; the others follow by themselves. */
  CompletableFuture<Void> giveBack(String key, String requestId) {
    if (!client.mayRelease()) {
      return CompletableFuture.completedFuture(null);
    }
    boolean first;
    synchronized (this) {
      OfKey ofKey = failed.get(key);
      first = ofKey == null;
      if (ofKey == null) {
        ofKey = new OfKey();
      }
      if (first ? failed.size() >= MAX_KEYS : ofKey.requestIds.size() >= MAX_CLAIMS_OF_KEY) {
        return release(key, requestId);
      }
      ofKey.requestIds.add(requestId);
      ofKey.tries = 0;
      failed.put(key, ofKey);
    }
    return tell(key)
        .thenAccept(
            known -> {
              if (!known && first) {
                again(key);
              }
            });
  }

  /**
   * Tells the server now, also where it is being told already.
   *
   * @return whether nothing is left to be told; false where there was no answer, or it is not to be
   *     asked yet
   */
  CompletableFuture<Boolean> tell(String key) {
    if (!failed.containsKey(key)) {
      return CompletableFuture.completedFuture(true);
    }
    List<String> requestIds;
    synchronized (this) {
      if (!client.mayRelease()) {
        failed.remove(key); // it has answered since, and takes nothing back
      }
      OfKey ofKey = client.canRelease() ? failed.get(key) : null;
      requestIds = ofKey == null ? List.of() : List.copyOf(ofKey.requestIds);
    }
    return CompletableFuture.allOf(
            requestIds.stream().map(id -> release(key, id)).toArray(CompletableFuture<?>[]::new))
        .thenApply(told -> !failed.containsKey(key));
  }

  private CompletableFuture<Void> release(String key, String requestId) {
    return client
        .release(key, requestId)
        .handle(
            (state, failure) -> {
              // Not ours is as good: a check-lock on its way wins nothing once it was released.
              if (failure == null || failure instanceof LeaseLostException) {
                givenBack(key, requestId);
              } else if (failure instanceof ClientClosedException) {
                giveUp(key, failure);
              }
              return null;
            });
  }

  private synchronized void givenBack(String key, String requestId) {
    OfKey ofKey = failed.get(key);
    if (ofKey != null && ofKey.requestIds.remove(requestId) && ofKey.requestIds.isEmpty()) {
      failed.remove(key);
    }
  }

  private synchronized void giveUp(String key, @Nullable Throwable failure) {
    if (failed.remove(key) != null) {
      LOG.warn(
          "a failed call's claim could not be given back: its retry is a duplicate until the TTL"
              + " ends",
          failure);
    }
  }

  private void again(String key) {
    int tries;
    synchronized (this) {
      OfKey ofKey = failed.get(key);
      if (ofKey == null) {
        return;
      }
      tries = ofKey.tries++;
      if (tries >= MAX_TRIES || client.isClosed()) {
        giveUp(key, null);
        return;
      }
    }
    client
        .timer()
        .after(
            RetryOptions.NONE.backoffBefore(tries),
            () -> {
              var unused = tell(key).thenRun(() -> again(key));
            });
  }
}
