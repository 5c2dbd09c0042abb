package tech.onceonly;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Lets callers in until it is closed, and tells when the last has left: an adapter's guard must not
 * close its client under a question, whose missing answer would count as an outage. Thread-safe.
 */
public final class Entrance {

  private final CompletableFuture<Void> empty = new CompletableFuture<>();
  private int inside;
  private boolean closed;

  /** False where it is closed. Who was let in must {@link #leave}. */
  public synchronized boolean enter() {
    if (closed) {
      return false;
    }
    inside++;
    return true;
  }

  public synchronized void leave() {
    inside--;
    tellIfEmpty();
  }

  /** Lets nobody in any more; completes when nobody is inside. */
  public synchronized CompletionStage<Void> close() {
    closed = true;
    tellIfEmpty();
    return empty;
  }

  private void tellIfEmpty() {
    if (closed && inside == 0) {
      empty.complete(null);
    }
  }
}
