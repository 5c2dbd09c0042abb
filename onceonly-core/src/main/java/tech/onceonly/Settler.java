package tech.onceonly;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service what became of a claim.
 *
 * <p>A completion that can't be told is told again, since the effect has happened; it never turns
 * into a failure. A claim that can't be given back stays ours, so that a retry in this process
 * runs.
 */
final class Settler {

  private static final Logger LOG = LoggerFactory.getLogger(Settler.class);
  private static final int MOST_ATTEMPTS = 12;
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(200);
  private static final Duration MOST_BACKOFF = Duration.ofSeconds(5);

  private final ClaimService service;
  private final GuardOptions options;
  private final GuardEvents events;
  private final ScheduledExecutorService scheduler;
  private final OwnClaims own;
  private final FinishedKeys finished;
  private final AfterOutage afterOutage;

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
  }

  CompletionStage<Void> settle(Claim claim, Outcome outcome) {
    synchronized (claim) {
      if (claim.state != Claim.State.RUNNING) {
        return CompletableFuture.completedFuture(null);
      }
      return outcome == Outcome.SUCCEEDED ? succeeded(claim) : failed(claim);
    }
  }

  /** Completions that still wait to be told again are given up, and said so. */
  void close() {
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
    finished.add(claim.key(), leaseId == null ? left(claim) : 0);
    if (!claim.won) {
      own.remove(claim);
      afterOutage.add(claim.key());
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
    } else if (answer instanceof SettleAnswer.NotNow notNow && attempt < MOST_ATTEMPTS) {
      events.settleDelayed(claim.key(), Outcome.SUCCEEDED, notNow.message());
      again(claim, leaseId, attempt, notNow);
    } else {
      giveUp(claim, answer.toString());
    }
  }

  private void again(Claim claim, String leaseId, int attempt, SettleAnswer.NotNow notNow) {
    long backoff =
        Math.min(FIRST_BACKOFF.toMillis() << Math.min(attempt - 1, 16), MOST_BACKOFF.toMillis());
    if (notNow.retryAfter() != null) {
      backoff =
          Math.min(Math.max(backoff, notNow.retryAfter().toMillis()), options.maxHold.toMillis());
    }
    try {
      ScheduledFuture<?> unused =
          scheduler.schedule(
              () -> complete(claim, leaseId, attempt + 1, new CompletableFuture<>()),
              backoff,
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      giveUp(claim, "closed before the service could be told: " + notNow.message());
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

  private CompletionStage<Void> failed(Claim claim) {
    String leaseId = claim.leaseId();
    String requestId = claim.requestId;
    if (leaseId != null) {
      return giveBack(
          claim, service.cancel(claim.key(), leaseId, "the listener failed", options.callTimeout));
    }
    if (requestId != null && (claim.won || claim.inDoubt) && service.canRelease()) {
      return giveBack(claim, service.release(claim.key(), requestId, options.callTimeout));
    }
    if (claim.won || claim.inDoubt) {
      own.keepFailed(claim);
    } else {
      own.remove(claim);
    }
    return CompletableFuture.completedFuture(null);
  }

  private CompletionStage<Void> giveBack(Claim claim, CompletionStage<SettleAnswer> call) {
    claim.state = Claim.State.GIVING_BACK;
    CompletableFuture<Decision> answered = new CompletableFuture<>();
    claim.answered = answered;
    return call.handle(
        (answer, failure) -> {
          synchronized (claim) {
            givenBack(claim, orNotNow(answer, failure));
          }
          answered.complete(new Decision.Hold(Decision.HoldReason.IN_PROGRESS_HERE, Duration.ZERO));
          return null;
        });
  }

  private void givenBack(Claim claim, SettleAnswer answer) {
    if (answer instanceof SettleAnswer.Done || answer instanceof SettleAnswer.LeaseLost) {
      own.remove(claim);
      events.settled(claim.key(), Outcome.FAILED);
    } else {
      own.keepFailed(claim);
      events.settleGivenUp(claim.key(), Outcome.FAILED, answer.toString());
    }
  }

  private static SettleAnswer orNotNow(SettleAnswer answer, Throwable failure) {
    return failure == null ? answer : new SettleAnswer.NotNow(failure.toString(), null);
  }

  private long left(Claim claim) {
    return claim.ttlNanos <= 0
        ? 0
        : Math.max(1, claim.ttlNanos - (options.nanoTime.getAsLong() - claim.heldSinceNanos));
  }
}
