package tech.onceonly;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service what became of a claim. A completion that can't be told is told again, since
 * the effect has happened; it never turns into a failure.
 */
final class Settler {

  private static final Logger LOG = LoggerFactory.getLogger(Settler.class);

  /** Within a lease's time; an outage that lasts longer has its effects claimed afterwards. */
  private static final int MOST_ATTEMPTS = 12;

  private static final Duration FIRST_BACKOFF = Duration.ofMillis(200);
  private static final Duration MOST_BACKOFF = Duration.ofSeconds(5);

  /** The shortest TTL that a plan of the hosted API gives by default. */
  private static final Duration SHORTEST_DEFAULT_TTL = Duration.ofSeconds(60);

  private final ClaimService service;
  private final GuardOptions options;
  private final GuardEvents events;
  private final ScheduledExecutorService scheduler;
  private final OwnClaims own;
  private final FinishedKeys finished;
  private final AfterOutage afterOutage;
  private final GiveBacks giveBacks;

  /** What the service said last; 0 before. */
  private volatile long lastTtlNanos;

  Settler(
      ClaimService service,
      GuardOptions options,
      GuardEvents events,
      ScheduledExecutorService scheduler,
      OwnClaims own,
      FinishedKeys finished,
      AfterOutage afterOutage) {
    this.service = service;
    this.options = options;
    this.events = events;
    this.scheduler = scheduler;
    this.own = own;
    this.finished = finished;
    this.afterOutage = afterOutage;
    giveBacks = new GiveBacks(service, options, events, scheduler, own);
  }

  /** How long the service keeps a claim, as it says itself: it may keep it shorter than asked. */
  void noteTtl(@Nullable Duration ttl) {
    if (ttl != null && options.mode == Mode.CHECK_LOCK) {
      lastTtlNanos = ttl.toNanos();
    }
  }

  CompletionStage<Void> settle(Claim claim, Outcome outcome) {
    synchronized (claim) {
      if (claim.state != Claim.State.RUNNING) {
        return CompletableFuture.completedFuture(null);
      }
      claim.poll.progressNanos = options.nanoTime.getAsLong();
      return outcome == Outcome.SUCCEEDED ? succeeded(claim) : giveBacks.failed(claim);
    }
  }

  GiveBacks giveBacks() {
    return giveBacks;
  }

  /** Completions that still wait to be told again are given up, and said so. */
  void close() {
    giveBacks.close();
    for (Claim claim : own.all()) {
      synchronized (claim) {
        if (claim.state == Claim.State.COMPLETING) {
          giveUp(claim, "closed before the service could be told");
        }
      }
    }
  }

  private CompletionStage<Void> succeeded(Claim claim) {
    String leaseId = claim.leaseId();
    if (options.mode == Mode.LEASE) {
      finished.addCompleted(claim.key(), claim.fingerprint);
    } else {
      finished.add(claim.key(), claim.fingerprint, left(claim));
    }
    if (!claim.won) {
      own.remove(claim);
      afterOutage.add(claim);
      return CompletableFuture.completedFuture(null);
    }
    if (leaseId == null) {
      own.remove(claim);
      events.settled(claim.key(), Outcome.SUCCEEDED);
      return CompletableFuture.completedFuture(null);
    }
    claim.state = Claim.State.COMPLETING;
    CompletableFuture<Void> told = new CompletableFuture<>();
    complete(claim, leaseId, 1, told);
    return told;
  }

  private void complete(Claim claim, String leaseId, int attempt, CompletableFuture<Void> told) {
    service
        .complete(claim.key(), leaseId, options.callTimeout)
        .whenComplete(
            (answer, failure) -> {
              synchronized (claim) {
                if (claim.state == Claim.State.COMPLETING) {
                  completed(claim, leaseId, attempt, orNotNow(answer, failure));
                }
              }
              told.complete(null);
            });
  }

  private void completed(Claim claim, String leaseId, int attempt, SettleAnswer answer) {
    if (answer instanceof SettleAnswer.Done) {
      own.remove(claim);
      events.settled(claim.key(), Outcome.SUCCEEDED);
    } else if (answer instanceof SettleAnswer.LeaseLost) {
      claim.lose();
      own.remove(claim);
      LOG.warn(
          "the lease of {} was lost before its effect was completed: another may have run it too",
          claim.key().forLogs(options.hashKeysInLogs));
      events.leaseLost(claim.key());
    } else if (attempt < MOST_ATTEMPTS) {
      // Also a refusal: an API key that is being changed is good again before the lease has ended.
      events.settleDelayed(claim.key(), Outcome.SUCCEEDED, answer.toString());
      again(claim, leaseId, attempt, answer);
    } else if (answer instanceof SettleAnswer.Refused refused && refused.aboutThisKey()) {
      giveUp(claim, answer.toString());
    } else {
      own.remove(claim);
      afterOutage.addCompletion(claim, leaseId);
    }
  }

  private void again(Claim claim, String leaseId, int attempt, SettleAnswer answer) {
    try {
      ScheduledFuture<?> unused =
          scheduler.schedule(
              () -> complete(claim, leaseId, attempt + 1, new CompletableFuture<>()),
              backoff(attempt, MOST_BACKOFF, answer, options.maxHold).toMillis(),
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      giveUp(claim, "closed before the service could be told: " + answer);
    }
  }

  private void giveUp(Claim claim, String message) {
    own.remove(claim);
    LOG.warn(
        "the effect of {} has happened, but the service could not be told: {}",
        claim.key().forLogs(options.hashKeysInLogs),
        message);
    events.settleGivenUp(claim.key(), Outcome.SUCCEEDED, message);
  }

  /** How long to wait after so many attempts that came to this. */
  static Duration backoff(int attempt, Duration most, SettleAnswer answer, Duration maxHold) {
    long millis = Math.min(FIRST_BACKOFF.toMillis() << Math.min(attempt - 1, 16), most.toMillis());
    if (answer instanceof SettleAnswer.NotNow notNow && notNow.retryAfter() != null) {
      millis = Math.min(Math.max(millis, notNow.retryAfter().toMillis()), maxHold.toMillis());
    }
    return Duration.ofMillis(millis);
  }

  static SettleAnswer orNotNow(SettleAnswer answer, Throwable failure) {
    return failure == null ? answer : new SettleAnswer.NotNow(failure.toString(), null);
  }

  /**
   * How long the service remembers it, never too long: what it forgets is no duplicate any more.
   */
  private long left(Claim claim) {
    if (claim.ttlNanos <= 0) {
      return unprovenTtl();
    }
    return Math.max(1, claim.ttlNanos - (options.nanoTime.getAsLong() - claim.heldSinceNanos));
  }

  /** Of a key that ran unprotected: what it will be when it is claimed after the outage. */
  private long unprovenTtl() {
    if (lastTtlNanos > 0) {
      return lastTtlNanos;
    }
    return (options.ttl != null ? options.ttl : SHORTEST_DEFAULT_TTL).toNanos();
  }
}
