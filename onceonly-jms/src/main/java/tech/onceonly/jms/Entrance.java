package tech.onceonly.jms;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Lets callers in until it is closed, and tells when the last has left. Thread-safe. */
final class Entrance {

  private final CompletableFuture<Void> empty = new CompletableFuture<>();
  private int inside;
  private boolean closed;

  /** False where it is closed. Who was let in must {@link #leave}. */
  synchronized boolean enter() {
    if (closed) {
      return false;
    }
    inside++;
    return true;
  }

  synchronized void leave() {
    inside--;
    tellIfEmpty();
  }

  /** Lets nobody in any more; completes when nobody is inside. */
  synchronized CompletionStage<Void> close() {
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
