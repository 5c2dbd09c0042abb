package tech.onceonly.jms;

import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Completions that are told while their consumers receive and claim the next message. Each message
 * that is let run takes one of them to wait for, whoever left it: so there are never more untold,
 * or in hand, than consumers, whichever threads they are on. Thread-safe.
 */
final class Behind {

  private final Queue<CompletableFuture<Void>> left = new ConcurrentLinkedQueue<>();

  void leave(CompletionStage<Void> told) {
    left.removeIf(CompletableFuture::isDone);
    left.add(told.toCompletableFuture());
  }

  /** One that the service has not heard of yet; null where there is none. */
  @Nullable CompletableFuture<Void> take() {
    CompletableFuture<Void> oldest = left.poll();
    while (oldest != null && oldest.isDone()) {
      oldest = left.poll();
    }
    return oldest;
  }
}
