package tech.onceonly;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back claims whose listener failed. What can't be given back stays ours, so that a retry in
 * this process runs, and is told again until it is given back or taken up again: to another process
 * its retry is a duplicate.
 */
final class GiveBacks {

  private static final Logger LOG = LoggerFactory.getLogger(GiveBacks.class);
  private static final Duration MOST_BACKOFF = Duration.ofSeconds(30);

  /** About a day: a refusal may be mended, and an outage end. */
  private static final int MOST_ATTEMPTS = 2_880;

  /** At a service that has answered, and declared nothing: another of its servers may. */
  private static final int MOST_UNDECLARED = 12;

  static final String REASON = "the listener failed";

  /** Longer than a delivery in doubt is held before it is asked for again. */
  private static final Duration TAKEN_UP_AGAIN = Duration.ofSeconds(5);

  private final ClaimService service;
  private final GuardOptions options;
  private final GuardEvents events;
  private final ScheduledExecutorService scheduler;
  private final OwnClaims own;

  GiveBacks(
      ClaimService service,
      GuardOptions options,
      GuardEvents events,
      ScheduledExecutorService scheduler,
      OwnClaims own) {
    this.service = service;
    this.options = options;
    this.events = events;
    this.scheduler = scheduler;
    this.own = own;
  }

  /** Under the monitor of a claim at work. */
  CompletionStage<Void> failed(Claim claim) {
    if (!claim.won && !(claim.inDoubt && options.mode == Mode.CHECK_LOCK)) {
      own.remove(claim);
      return CompletableFuture.completedFuture(null);
    }
    own.keepFailed(claim);
    return giveBack(claim, 1);
  }

  /**
   * Under the claim's monitor: its delivery waits, and the service may have it as ours. Most likely
   * it is asked for again here; if not, it must not look like a duplicate elsewhere.
   */
  void keepInDoubt(Claim claim) {
    own.keepFailed(claim);
    if (claim.requestId != null || claim.leaseId() != null) {
      giveBackAfter(TAKEN_UP_AGAIN, claim, 1);
    }
  }

  /** All that have failed, told now and not when their next attempt is due. */
  CompletionStage<Void> all() {
    if (options.mode == Mode.CHECK_LOCK && !service.canRelease()) {
      return CompletableFuture.completedFuture(null); // nor would a further attempt of each help
    }
    return from(own.all().iterator());
  }

  /** What could not be given back is a duplicate elsewhere until it runs out: that is said. */
  void close() {
    int left = 0;
    int atWork = 0;
    for (Claim claim : own.all()) {
      synchronized (claim) {
        atWork += claim.state == Claim.State.RUNNING ? 1 : 0;
        boolean open = claim.state == Claim.State.FAILED || claim.state == Claim.State.GIVING_BACK;
        if (open && options.mode == Mode.CHECK_LOCK && service.mayRelease()) {
          events.settleGivenUp(claim.key(), Outcome.FAILED, "closed before the service was told");
          left++;
        }
      }
    }
    if (left > 0) {
      LOG.warn(
          "{} claims whose listener failed could not be given back before closing: their redelivery"
              + " elsewhere is taken for a duplicate until their TTL ends",
          left);
    }
    if (atWork > 0 && options.mode == Mode.CHECK_LOCK) {
      LOG.warn(
          "closed while {} claimed deliveries were not settled: where one of them fails from now on,"
              + " its redelivery is taken for a duplicate until its TTL ends; close what runs them"
              + " first, and give it the time that they need",
          atWork);
    }
  }

  /** Some at a time: there may be many, and the service has other callers. */
  private CompletionStage<Void> from(Iterator<Claim> claims) {
    List<CompletableFuture<Void>> told = new ArrayList<>();
    while (claims.hasNext() && told.size() < options.maxInFlight) {
      CompletableFuture<Void> one = one(claims.next());
      if (!one.isDone()) {
        told.add(one);
      }
    }
    CompletableFuture<Void> some =
        CompletableFuture.allOf(told.toArray(CompletableFuture<?>[]::new));
    return claims.hasNext() ? some.thenCompose(done -> from(claims)) : some;
  }

  private CompletableFuture<Void> one(Claim claim) {
    synchronized (claim) {
      return switch (claim.state) {
        case FAILED -> giveBack(claim, 1).toCompletableFuture();
        case GIVING_BACK -> claim.answered.thenRun(() -> {});
        default -> CompletableFuture.completedFuture(null);
      };
    }
  }

  /** Under the monitor of a failed claim, which stays so where the service takes nothing back. */
  private CompletionStage<Void> giveBack(Claim claim, int attempt) {
    String leaseId = claim.leaseId();
    String requestId = claim.requestId;
    CompletionStage<SettleAnswer> call;
    if (leaseId != null) {
      call = service.cancel(claim.key(), leaseId, REASON, options.callTimeout);
    } else if (options.mode == Mode.CHECK_LOCK && requestId != null && service.canRelease()) {
      call = service.release(claim.key(), requestId, options.callTimeout);
    } else {
      if (requestId != null && (service.mayRelease() || attempt < MOST_UNDECLARED)) {
        notNow(claim, attempt, new SettleAnswer.NotNow("it has not said yet what it takes", null));
      }
      return CompletableFuture.completedFuture(null);
    }
    claim.state = Claim.State.GIVING_BACK;
    CompletableFuture<Decision> answered = new CompletableFuture<>();
    claim.answered = answered;
    return call.handle(
        (answer, failure) -> {
          synchronized (claim) {
            givenBack(claim, attempt, Settler.orNotNow(answer, failure));
          }
          answered.complete(new Decision.Hold(Decision.HoldReason.IN_PROGRESS_HERE, Duration.ZERO));
          return null;
        });
  }

  private void givenBack(Claim claim, int attempt, SettleAnswer answer) {
    // Not ours is as good: a check-lock that is still on its way wins nothing once it was released.
    if (answer instanceof SettleAnswer.Done || answer instanceof SettleAnswer.LeaseLost) {
      own.remove(claim);
      events.settled(claim.key(), Outcome.FAILED);
      return;
    }
    own.keepFailed(claim);
    claim.giveBackInDoubt |= answer instanceof SettleAnswer.NotNow;
    if (claim.leaseId() == null) {
      claim.won = false;
      claim.inDoubt = true;
    }
    notNow(claim, attempt, answer);
  }

  private void notNow(Claim claim, int attempt, SettleAnswer answer) {
    if (attempt >= MOST_ATTEMPTS) {
      own.remove(claim);
      events.settleGivenUp(claim.key(), Outcome.FAILED, answer.toString());
      return;
    }
    if (attempt == 1) {
      events.settleDelayed(claim.key(), Outcome.FAILED, answer.toString());
    }
    giveBackAfter(
        Settler.backoff(attempt, MOST_BACKOFF, answer, options.maxHold), claim, attempt + 1);
  }

  /** Unless it is taken up again, or has run out, by then. */
  private void giveBackAfter(Duration delay, Claim claim, int attempt) {
    CompletableFuture<Decision> present = claim.answered;
    Runnable again =
        () -> {
          synchronized (claim) {
            if (claim.state != Claim.State.FAILED || claim.answered != present) {
              return;
            }
            if (claim.hasRunOut(options.nanoTime.getAsLong())) {
              own.remove(claim);
            } else {
              CompletionStage<Void> unused = giveBack(claim, attempt);
            }
          }
        };
    try {
      ScheduledFuture<?> unused =
          scheduler.schedule(again, delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      events.settleGivenUp(claim.key(), Outcome.FAILED, "closed before the service could be told");
    }
  }
}
