package tech.onceonly.kafka;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.BlockingBridge;
import tech.onceonly.Decision;
import tech.onceonly.DeliveryGuard;
import tech.onceonly.Outcome;

/** Settles without waiting, and waits, bounded, for what is under way. Thread-safe. */
final class Settlements {

  private static final Logger LOG = LoggerFactory.getLogger(Settlements.class);

  private final DeliveryGuard guard;
  private final ConcurrentSkipListMap<Long, CompletableFuture<Void>> underWay =
      new ConcurrentSkipListMap<>();
  private final AtomicLong count = new AtomicLong();

  Settlements(DeliveryGuard guard) {
    this.guard = guard;
  }

  void settle(Decision decision, Outcome outcome) {
    track(guard.settle(decision, outcome));
  }

  /** What is not decided yet is settled when it is. */
  void settle(CompletionStage<Decision> asked, Outcome outcome) {
    Decision decided = asked.toCompletableFuture().getNow(null);
    track(
        decided != null
            ? guard.settle(decided, outcome)
            : asked.thenCompose(decision -> guard.settle(decision, outcome)));
  }

  void forget(CompletionStage<Decision> asked) {
    CompletionStage<Void> unused = asked.thenAccept(guard::forget);
  }

  /**
   * Waits until the service has been told of everything, or the time is over; then it is told in
   * the background. An interrupt ends the wait and stays set.
   */
  void await(Duration most) {
    if (underWay.isEmpty()) {
      return;
    }
    CompletableFuture<Void> all =
        CompletableFuture.allOf(underWay.values().toArray(new CompletableFuture<?>[0]));
    if (!await(all, most)) {
      LOG.debug("{} settlements are still under way after {}", underWay.size(), most);
    }
  }

  private static boolean await(CompletableFuture<Void> stage, Duration most) {
    try {
      BlockingBridge.await(stage, most);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (TimeoutException e) {
      return false;
    }
  }

  /** Waits until no more than so many are under way, or the time is over. */
  void awaitAtMost(int most, Duration longest) {
    while (underWay.size() > most) {
      Map.Entry<Long, CompletableFuture<Void>> oldest = underWay.firstEntry();
      if (oldest != null && !await(oldest.getValue(), longest)) {
        return;
      }
    }
  }

  private void track(CompletionStage<Void> stage) {
    CompletableFuture<Void> settling = stage.toCompletableFuture();
    if (settling.isDone()) {
      return;
    }
    long number = count.incrementAndGet();
    underWay.put(number, settling);
    CompletionStage<Void> unused =
        settling.whenComplete((nothing, failure) -> underWay.remove(number));
  }
}
