package tech.onceonly;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Lets so many calls be in flight and no more; the others wait their turn, in order. */
final class ClaimWindow {

  /** A call that waits for its turn. */
  interface Turn<T> {
    /** Made one time, whatever becomes of it. */
    CompletionStage<T> call();

    /** How it ended; one of both is null. */
    void answered(@Nullable T value, @Nullable Throwable failure);
  }

  private final AtomicInteger free;
  private final AtomicInteger draining = new AtomicInteger();
  private final ConcurrentLinkedQueue<Turn<?>> waiting = new ConcurrentLinkedQueue<>();

  ClaimWindow(int most) {
    free = new AtomicInteger(most);
  }

  /** Makes the call when there is room. */
  void submit(Turn<?> turn) {
    waiting.add(turn);
    drain();
  }

  private <T> void start(Turn<T> turn) {
    CompletionStage<T> stage;
    try {
      stage = turn.call();
    } catch (Throwable e) {
      // Also an Error: its room would never be free again, and who asked never be answered.
      stage = CompletableFuture.failedFuture(e);
    }
    stage.whenComplete(
        (value, failure) -> {
          free.incrementAndGet();
          try {
            turn.answered(value, failure);
          } finally {
            drain();
          }
        });
  }

  /** One thread drains at a time, and calls that are answered at once do not deepen its stack. */
  private void drain() {
    if (draining.getAndIncrement() != 0) {
      return;
    }
    int missed = 1;
    do {
      while (free.get() > 0) {
        Turn<?> next = waiting.poll();
        if (next == null) {
          break;
        }
        free.decrementAndGet();
        start(next);
      }
      missed = draining.addAndGet(-missed);
    } while (missed != 0);
  }
}
