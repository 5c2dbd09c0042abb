package tech.onceonly;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** Lets so many calls be in flight and no more; the others wait their turn, in order. */
final class ClaimWindow {

  private final AtomicInteger free;
  private final AtomicInteger draining = new AtomicInteger();
  private final ConcurrentLinkedQueue<Runnable> waiting = new ConcurrentLinkedQueue<>();

  ClaimWindow(int most) {
    free = new AtomicInteger(most);
  }

  /**
   * Makes the call when there is room. Each call is made one time, whatever becomes of it.
   *
   * @param answered hears how it ended, one of both being null
   */
  <T> void submit(Supplier<CompletionStage<T>> call, BiConsumer<? super T, Throwable> answered) {
    waiting.add(() -> start(call, answered));
    drain();
  }

  private <T> void start(
      Supplier<CompletionStage<T>> call, BiConsumer<? super T, Throwable> answered) {
    CompletionStage<T> stage;
    try {
      stage = call.get();
    } catch (Throwable e) {
      // Also an Error: its room would never be free again, and who asked never be answered.
      stage = CompletableFuture.failedFuture(e);
    }
    stage.whenComplete(
        (value, failure) -> {
          free.incrementAndGet();
          try {
            answered.accept(value, failure);
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
        Runnable next = waiting.poll();
        if (next == null) {
          break;
        }
        free.decrementAndGet();
        next.run();
      }
      missed = draining.addAndGet(-missed);
    } while (missed != 0);
  }
}
