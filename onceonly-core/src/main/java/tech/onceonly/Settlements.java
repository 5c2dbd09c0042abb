package tech.onceonly;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A guard's answers for adapters that wait on their caller's thread: every wait is bounded. Settles
 * without waiting, and waits, where it is asked to, for what is under way. Thread-safe.
 */
public final class Settlements {

  /** What is undecided when the wait is over is held: neither lost nor run without an answer. */
  public static final Decision UNDECIDED =
      new Decision.Hold(Decision.HoldReason.OUTAGE, Duration.ofSeconds(1));

  private static final Logger LOG = LoggerFactory.getLogger(Settlements.class);

  /** Beyond the budget, for the scheduling of an answer that came in time. */
  public static final Duration GRACE = Duration.ofMillis(250);

  private final DeliveryGuard guard;
  private final ConcurrentSkipListMap<Long, CompletableFuture<Void>> underWay =
      new ConcurrentSkipListMap<>();
  private final AtomicLong count = new AtomicLong();

  public Settlements(DeliveryGuard guard) {
    this.guard = guard;
  }

  /**
   * Waits for decisions, at most the budget they were asked with and a quarter of a second. What is
   * not answered by then is {@link #UNDECIDED}, and given back if it is won all the same.
   *
   * @throws InterruptedException if the thread is interrupted: all of them are given back
   */
  public List<Decision> decisions(List<CompletionStage<Decision>> asked, Duration budget)
      throws InterruptedException {
    boolean interrupted = true;
    try {
      CompletableFuture<?>[] all =
          asked.stream()
              .map(CompletionStage::toCompletableFuture)
              .toArray(CompletableFuture[]::new);
      BlockingBridge.await(CompletableFuture.allOf(all), budget.plus(GRACE));
      interrupted = false;
    } catch (TimeoutException e) {
      interrupted = false;
    } finally {
      if (interrupted) {
        asked.forEach(stage -> settle(stage, Outcome.FAILED));
      }
    }
    List<Decision> decisions = new ArrayList<>(asked.size());
    for (CompletionStage<Decision> stage : asked) {
      Decision decision = stage.toCompletableFuture().getNow(null);
      if (decision == null) {
        settle(stage, Outcome.FAILED);
        decision = UNDECIDED;
      }
      decisions.add(decision);
    }
    return decisions;
  }

  /** Tells the outcome. */
  public void settle(Decision decision, Outcome outcome) {
    CompletionStage<Void> unused = tell(decision, outcome);
  }

  /**
   * Tells the outcome.
   *
   * @return as {@link DeliveryGuard#settle}
   */
  public CompletionStage<Void> tell(Decision decision, Outcome outcome) {
    CompletionStage<Void> told = guard.settle(decision, outcome);
    track(told);
    return told;
  }

  /** Tells the outcome and waits, at most so long; then it is told in the background. */
  public void settleAndWait(Decision decision, Outcome outcome, Duration most) {
    await(tell(decision, outcome), most);
  }

  /** Waits until the service has been told, or the time is over: told in the background then. */
  public void await(CompletionStage<Void> told, Duration most) {
    if (!BlockingBridge.awaitUninterruptibly(told, most)) {
      LOG.debug("a settlement is still under way after {}", most);
    }
  }

  /** What is not decided yet is settled when it is. */
  public void settle(CompletionStage<Decision> asked, Outcome outcome) {
    Decision decided = asked.toCompletableFuture().getNow(null);
    track(
        decided != null
            ? guard.settle(decided, outcome)
            : asked.thenCompose(decision -> guard.settle(decision, outcome)));
  }

  /** {@link DeliveryGuard#abandon}, now or when it is decided. */
  public void abandon(CompletionStage<Decision> asked) {
    track(asked.thenCompose(guard::abandon));
  }

  /**
   * Before deliveries go to another process: {@link DeliveryGuard#giveBackFailed}, and {@link
   * #await}.
   */
  public void giveBackAndAwait(Duration most) {
    track(guard.giveBackFailed());
    await(most);
  }

  /**
   * Waits until the service has been told of everything, or the time is over; then it is told in
   * the background. An interrupt does not end the wait, since what is not told may be lost, and
   * stays set.
   */
  public void await(Duration most) {
    if (underWay.isEmpty()) {
      return;
    }
    CompletableFuture<Void> all =
        CompletableFuture.allOf(underWay.values().toArray(new CompletableFuture<?>[0]));
    if (!BlockingBridge.awaitUninterruptibly(all, most)) {
      LOG.debug("{} settlements are still under way after {}", underWay.size(), most);
    }
  }

  /** Waits until no more than so many are under way, or the time is over. */
  public void awaitAtMost(int most, Duration longest) {
    while (underWay.size() > most) {
      Map.Entry<Long, CompletableFuture<Void>> oldest = underWay.firstEntry();
      if (oldest != null && !BlockingBridge.awaitUninterruptibly(oldest.getValue(), longest)) {
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
