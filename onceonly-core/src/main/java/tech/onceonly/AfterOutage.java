package tech.onceonly;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Claims afterwards what was processed unprotected, so that its redelivery elsewhere is skipped.
 * One key at a time, in the background; bounded: past the bound, keys are given up and counted.
 */
final class AfterOutage {

  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final ClaimService service;
  private final GuardOptions options;
  private final GuardEvents events;
  private final ScheduledExecutorService scheduler;

  private final ArrayDeque<IdempotencyKey> waiting = new ArrayDeque<>();
  private boolean working;
  private boolean scheduled;
  private boolean closed;

  AfterOutage(
      ClaimService service,
      GuardOptions options,
      GuardEvents events,
      ScheduledExecutorService scheduler) {
    this.service = service;
    this.options = options;
    this.events = events;
    this.scheduler = scheduler;
  }

  void add(IdempotencyKey key) {
    synchronized (this) {
      if (!closed && waiting.size() < options.maxAfterwards) {
        waiting.add(key);
        schedule(PAUSE);
        return;
      }
    }
    events.notClaimedAfterwards(key, "more than maxAfterwards keys are waiting, or closed");
  }

  /** Goes through what waits, until it is empty or the service fails again. */
  void drain() {
    IdempotencyKey key;
    synchronized (this) {
      if (working || closed) {
        return;
      }
      key = waiting.peek();
      working = key != null;
    }
    if (key != null) {
      claim(key);
    }
  }

  void close() {
    IdempotencyKey key;
    while ((key = closeOne()) != null) {
      events.notClaimedAfterwards(key, "closed before the service answered again");
    }
  }

  private synchronized @Nullable IdempotencyKey closeOne() {
    closed = true;
    return waiting.poll();
  }

  private void claim(IdempotencyKey key) {
    boolean lease = options.mode == Mode.LEASE;
    ClaimRequest request =
        new ClaimRequest(
            key, lease ? options.leaseTtl : options.ttl, Map.of(), options.callTimeout);
    CompletionStage<ClaimAnswer> asked =
        lease
            ? service.lease(request).thenCompose(answer -> complete(key, answer))
            : service.checkLock(request);
    asked.whenComplete(
        (answer, failure) ->
            // Not on the answering thread's stack: thousands of keys may follow one another.
            later(Duration.ZERO, () -> answered(key, answer)));
  }

  private CompletionStage<ClaimAnswer> complete(IdempotencyKey key, ClaimAnswer answer) {
    if (!(answer instanceof ClaimAnswer.Acquired acquired)) {
      return CompletableFuture.completedFuture(answer);
    }
    return service
        .complete(key, acquired.leaseId(), options.callTimeout)
        .thenApply(
            settled ->
                settled instanceof SettleAnswer.Done
                    ? new ClaimAnswer.Completed(null)
                    : new ClaimAnswer.InProgress(null));
  }

  private void answered(IdempotencyKey key, @Nullable ClaimAnswer answer) {
    Duration pause = null;
    if (answer == null || answer instanceof ClaimAnswer.Unavailable) {
      pause = PAUSE;
    } else if (answer instanceof ClaimAnswer.Throttled throttled) {
      pause = throttled.retryAfter() == null ? PAUSE : throttled.retryAfter();
      pause = pause.compareTo(options.maxHold) > 0 ? options.maxHold : pause;
    } else if (answer instanceof ClaimAnswer.Refused refused) {
      events.notClaimedAfterwards(key, String.valueOf(refused.cause().getMessage()));
    } else if (answer instanceof ClaimAnswer.InProgress) {
      events.notClaimedAfterwards(key, "another process is at work on it");
    } else {
      events.claimedAfterwards(key);
    }
    synchronized (this) {
      working = false;
      if (pause == null) {
        waiting.poll();
      } else {
        schedule(pause);
      }
    }
    if (pause == null) {
      drain();
    }
  }

  /** Under the monitor. */
  private void schedule(Duration pause) {
    if (!scheduled) {
      scheduled = true;
      later(
          pause,
          () -> {
            synchronized (this) {
              scheduled = false;
            }
            drain();
          });
    }
  }

  private void later(Duration delay, Runnable task) {
    try {
      ScheduledFuture<?> unused = scheduler.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      close();
    }
  }
}
