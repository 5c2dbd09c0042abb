package tech.onceonly;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Claims afterwards what was processed unprotected, and completes what could not be completed while
 * the service was away, so that its redelivery elsewhere is skipped. One key at a time, in the
 * background; bounded: past the bound, keys are given up and counted.
 *
 * <p>A refusal is waited out like an outage; the key that was refused goes behind the others.
 *
 * <p>A key that is in progress is most likely our own: the lease was granted, and its answer never
 * came. It is asked for again until that has run out.
 */
final class AfterOutage {

  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Of a key in progress, apart by a fourth of a lease at least. */
  private static final int MOST_ATTEMPTS = 10;

  /**
   * @param fingerprint of what was processed; null where there is none
   * @param leaseId of a lease that is not completed yet
   * @param toRelease the request id of a claim whose release is in doubt, and would free the key
   *     later on: answered first, it can't
   * @param attempts in which it was in progress elsewhere
   */
  private record Unclaimed(
      IdempotencyKey key,
      @Nullable String fingerprint,
      @Nullable String leaseId,
      @Nullable String toRelease,
      int attempts) {}

  private final ClaimService service;
  private final GuardOptions options;
  private final GuardEvents events;
  private final ScheduledExecutorService scheduler;

  private final ArrayDeque<Unclaimed> waiting = new ArrayDeque<>();

  /** In progress when asked for; they come back to the queue later. */
  private final Set<Unclaimed> inProgress = new HashSet<>();

  private final AfterwardsLog log = new AfterwardsLog();

  /** In a row, under the monitor. */
  private int refusals;

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

  /** Of one that was not won. */
  void add(Claim claim) {
    String toRelease = claim.giveBackInDoubt ? claim.requestId : null;
    add(new Unclaimed(claim.key(), claim.fingerprint, null, toRelease, 0));
  }

  /** Of a lease that may have run out meanwhile: then the key is claimed anew. */
  void addCompletion(Claim claim, String leaseId) {
    add(new Unclaimed(claim.key(), claim.fingerprint, leaseId, null, 0));
  }

  private void add(Unclaimed unclaimed) {
    boolean full;
    synchronized (this) {
      full = !closed;
      if (!closed && waiting.size() + inProgress.size() < options.maxAfterwards) {
        waiting.add(unclaimed);
        schedule(PAUSE);
        return;
      }
    }
    if (full) {
      log.pastTheBound(options.maxAfterwards);
    }
    events.notClaimedAfterwards(
        unclaimed.key, "more than maxAfterwards keys are waiting, or closed");
  }

  /** Goes through what waits, until it is empty or the service fails again. */
  void drain() {
    Unclaimed next;
    synchronized (this) {
      if (working || closed) {
        return;
      }
      next = waiting.peek();
      working = next != null;
    }
    if (next != null) {
      claim(next);
    }
  }

  void close() {
    List<Unclaimed> left;
    synchronized (this) {
      closed = true;
      left = new ArrayList<>(waiting);
      left.addAll(inProgress);
      waiting.clear();
      inProgress.clear();
    }
    log.nothingWaits();
    left.forEach(
        each -> events.notClaimedAfterwards(each.key, "closed before the service answered again"));
  }

  private void claim(Unclaimed next) {
    ask(next)
        .whenComplete(
            (answer, failure) ->
                // Not on the answering thread's stack: thousands of keys may follow one another.
                later(Duration.ZERO, () -> answered(next, answer)));
  }

  private CompletionStage<ClaimAnswer> ask(Unclaimed next) {
    if (next.leaseId != null) {
      return complete(next.key, next.leaseId);
    }
    if (next.toRelease != null) {
      return service
          .release(next.key, next.toRelease, options.callTimeout)
          .thenCompose(
              settled -> {
                ClaimAnswer fault = faultOf(settled);
                return fault == null ? claimAnew(next) : CompletableFuture.completedFuture(fault);
              });
    }
    return claimAnew(next);
  }

  private CompletionStage<ClaimAnswer> claimAnew(Unclaimed next) {
    boolean lease = options.mode == Mode.LEASE;
    ClaimRequest request =
        new ClaimRequest(
            next.key,
            lease ? options.leaseTtl : options.ttl,
            Map.of(),
            next.fingerprint,
            options.callTimeout,
            null);
    return lease ? service.lease(request) : service.checkLock(request);
  }

  private CompletionStage<ClaimAnswer> complete(IdempotencyKey key, String leaseId) {
    return service
        .complete(key, leaseId, options.callTimeout)
        .thenApply(
            settled -> {
              if (settled instanceof SettleAnswer.Done) {
                return new ClaimAnswer.Completed(null, false);
              }
              ClaimAnswer fault = faultOf(settled);
              return fault != null ? fault : new ClaimAnswer.InProgress(null);
            });
  }

  /** What kept the service from settling, told as of a claim; null where nothing did. */
  private static @Nullable ClaimAnswer faultOf(SettleAnswer settled) {
    if (settled instanceof SettleAnswer.NotNow notNow) {
      return new ClaimAnswer.Throttled(notNow.retryAfter());
    }
    return settled instanceof SettleAnswer.Refused refused
        ? new ClaimAnswer.Refused(refused.cause(), refused.aboutThisKey())
        : null;
  }

  private void answered(Unclaimed asked, @Nullable ClaimAnswer answer) {
    boolean refusal = answer instanceof ClaimAnswer.Refused no && !no.aboutThisKey();
    synchronized (this) {
      if (closed) {
        return; // it was told of as not claimed
      }
      refusals = refusal ? refusals + 1 : 0;
    }
    Duration pause = null;
    Unclaimed next = null;
    if (answer == null || answer instanceof ClaimAnswer.Unavailable) {
      pause = PAUSE;
      next = asked;
    } else if (answer instanceof ClaimAnswer.Throttled throttled) {
      pause = throttled.retryAfter() == null ? PAUSE : throttled.retryAfter();
      pause = atMost(options.maxHold, pause);
      next = asked;
    } else if (answer instanceof ClaimAnswer.Acquired acquired) {
      next = new Unclaimed(asked.key, asked.fingerprint, acquired.leaseId(), null, asked.attempts);
    } else if (answer instanceof ClaimAnswer.Refused refused && refusal) {
      log.refused(refused.cause());
      pause = afterRefusals();
    } else if (answer instanceof ClaimAnswer.Refused refused) {
      events.notClaimedAfterwards(asked.key, String.valueOf(refused.cause().getMessage()));
    } else if (answer instanceof ClaimAnswer.InProgress progress) {
      askAgain(asked, progress);
    } else {
      events.claimedAfterwards(asked.key);
    }
    synchronized (this) {
      working = false;
      waiting.poll();
      if (next != null) {
        waiting.addFirst(next);
      } else if (refusal) {
        waiting.addLast(asked);
      } else if (waiting.isEmpty() && inProgress.isEmpty()) {
        log.nothingWaits();
      }
      if (pause != null) {
        schedule(pause);
      }
    }
    if (pause == null) {
      drain();
    }
  }

  /** Twice as long each time, from one pause on: it may take people to mend it. */
  private synchronized Duration afterRefusals() {
    Duration most = options.maxHold.compareTo(PAUSE) < 0 ? PAUSE : options.maxHold;
    return atMost(most, PAUSE.multipliedBy(1L << Math.min(refusals - 1, 16)));
  }

  private static Duration atMost(Duration most, Duration asked) {
    return asked.compareTo(most) > 0 ? most : asked;
  }

  private void askAgain(Unclaimed asked, ClaimAnswer.InProgress progress) {
    if (asked.attempts + 1 >= MOST_ATTEMPTS) {
      events.notClaimedAfterwards(asked.key, "another process is at work on it");
      return;
    }
    Unclaimed again = new Unclaimed(asked.key, asked.fingerprint, null, null, asked.attempts + 1);
    synchronized (this) {
      inProgress.add(again);
    }
    Duration least = options.leaseTtl.dividedBy(4);
    Duration told = progress.retryAfter() == null ? least : progress.retryAfter();
    told = atMost(options.maxHold, told);
    later(
        told.compareTo(least) < 0 ? least : told,
        () -> {
          synchronized (this) {
            if (inProgress.remove(again)) {
              waiting.add(again);
            }
          }
          drain();
        });
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
