package tech.onceonly;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.HoldReason;
import tech.onceonly.Decision.Process;
import tech.onceonly.Decision.ProcessUnprotected;
import tech.onceonly.Decision.Refuse;
import tech.onceonly.Decision.Skip;
import tech.onceonly.Decision.SkipReason;
import tech.onceonly.Decision.UnprotectedReason;

/** Asks the claim service for one claim, and makes a decision of its answer. */
final class Asker {

  private static final Logger LOG = LoggerFactory.getLogger(Asker.class);
  private static final Duration DEFAULT_HOLD = Duration.ofSeconds(1);

  private final ClaimService service;
  private final GuardOptions options;
  private final OwnClaims own;
  private final FinishedKeys finished;
  private final OutageWatch outage;
  private final Settler settler;
  private final ClaimWindow window;
  private final AtomicLong throttledUntil;

  Asker(
      ClaimService service,
      GuardOptions options,
      OwnClaims own,
      FinishedKeys finished,
      OutageWatch outage,
      Settler settler) {
    this.service = service;
    this.options = options;
    this.own = own;
    this.finished = finished;
    this.outage = outage;
    this.settler = settler;
    window = new ClaimWindow(options.maxInFlight);
    throttledUntil = new AtomicLong(options.nanoTime.getAsLong());
  }

  /** Asks the service for the claim; the decision completes {@code claim.answered}. */
  void ask(Claim claim, Delivery delivery, long deadline) {
    window.submit(new Asking(claim, delivery, deadline));
  }

  private final class Asking implements ClaimWindow.Turn<ClaimAnswer> {
    private final Claim claim;
    private final Delivery delivery;
    private final long deadline;

    Asking(Claim claim, Delivery delivery, long deadline) {
      this.claim = claim;
      this.delivery = delivery;
      this.deadline = deadline;
    }

    @Override
    public CompletionStage<ClaimAnswer> call() {
      return Asker.this.call(claim, delivery, deadline);
    }

    @Override
    public void answered(@Nullable ClaimAnswer answer, @Nullable Throwable failure) {
      interpret(
          claim,
          answer != null
              ? answer
              : new ClaimAnswer.Unavailable(
                  OutageReason.REQUEST_ERROR, true, null, String.valueOf(failure)));
    }
  }

  /** The claim is ours, as far as we know: make sure of that, and ask anew where it is not. */
  void askAgain(Claim claim, Delivery delivery, long deadline) {
    String leaseId = claim.leaseId();
    if (claim.giveBackInDoubt) {
      askOnceGivenBack(claim, delivery, deadline);
    } else if (leaseId != null && !claim.isLost()) {
      long sent = options.nanoTime.getAsLong();
      service
          .extend(claim.key(), leaseId, options.leaseTtl, timeout(deadline))
          .whenComplete(
              (answer, failure) -> {
                if (answer instanceof SettleAnswer.Done) {
                  claim.heldSinceNanos = sent;
                  decideAs(claim, Claim.State.RUNNING, new Process(claim));
                } else {
                  boolean isOver =
                      answer instanceof SettleAnswer.LeaseLost
                          || claim.hasRunOut(options.nanoTime.getAsLong());
                  claim.kept = isOver ? null : claim.holding();
                  askAnew(claim, delivery, deadline);
                }
              });
    } else if (claim.won && leaseId == null && !claim.hasRunOut(options.nanoTime.getAsLong())) {
      decideAs(claim, Claim.State.RUNNING, new Process(claim));
    } else {
      askAnew(claim, delivery, deadline);
    }
  }

  /**
   * A release or cancellation that is still on its way would free the key under whoever runs by the
   * same claim. Told again and answered, it can't: the key is won by another.
   */
  private void askOnceGivenBack(Claim claim, Delivery delivery, long deadline) {
    String leaseId = claim.leaseId();
    Duration timeout = timeout(deadline);
    CompletionStage<SettleAnswer> told =
        leaseId != null
            ? service.cancel(claim.key(), leaseId, GiveBacks.REASON, timeout)
            : service.release(claim.key(), Objects.requireNonNull(claim.requestId), timeout);
    told.whenComplete(
        (answer, failure) -> {
          if (answer instanceof SettleAnswer.Refused refused && leaseId == null) {
            interpret(claim, new ClaimAnswer.Refused(refused.cause()));
            return;
          }
          // What comes late for a lease is void once another lease has the key; and it is in
          // progress until then. A check-lock waits, see interpret.
          if (leaseId != null
              || answer instanceof SettleAnswer.Done
              || answer instanceof SettleAnswer.LeaseLost) {
            claim.giveBackInDoubt = false;
            claim.inDoubt = false;
          }
          askAnew(claim, delivery, deadline);
        });
  }

  private void askAnew(Claim claim, Delivery delivery, long deadline) {
    claim.leased(null, 0);
    claim.won = false;
    ask(claim, delivery, deadline);
  }

  private CompletionStage<ClaimAnswer> call(Claim claim, Delivery delivery, long deadline) {
    long now = options.nanoTime.getAsLong();
    long throttled = throttledUntil.get() - now;
    if (throttled > 0) {
      return CompletableFuture.completedFuture(
          new ClaimAnswer.Throttled(Duration.ofNanos(throttled)));
    }
    if (deadline - now <= 0) {
      return CompletableFuture.completedFuture(
          new ClaimAnswer.Unavailable(
              OutageReason.BUDGET_SPENT, false, null, "no time left to ask"));
    }
    claim.heldSinceNanos = now;
    boolean lease = options.mode == Mode.LEASE;
    // Under one id, so that there is one to give back, whichever of the questions was applied.
    claim.repeated = !lease && claim.inDoubt && claim.requestId != null;
    ClaimRequest request =
        new ClaimRequest(
            claim.key(),
            lease ? options.leaseTtl : options.ttl,
            metadataOf(delivery),
            claim.fingerprint,
            timeout(deadline),
            claim.repeated ? claim.requestId : null);
    return lease ? service.lease(request) : service.checkLock(request);
  }

  private void interpret(Claim claim, ClaimAnswer answer) {
    if (answer instanceof ClaimAnswer.Unavailable unavailable) {
      outage.failed(unavailable.reason(), unavailable.message());
      unanswered(claim, unavailable);
      return;
    }
    outage.answered();
    if (claim.giveBackInDoubt
        && (answer instanceof ClaimAnswer.Locked || answer instanceof ClaimAnswer.Duplicate)) {
      // Whose the key is will be known when the release has been answered.
      drop(claim, new Hold(HoldReason.OUTAGE, capped(null)));
    } else if (answer instanceof ClaimAnswer.Locked locked) {
      claim.requestId = locked.requestId();
      won(claim, locked.ttl());
    } else if (answer instanceof ClaimAnswer.Acquired acquired) {
      claim.leased(acquired.leaseId(), acquired.version());
      won(claim, acquired.ttl() != null ? acquired.ttl() : options.leaseTtl);
    } else if (answer instanceof ClaimAnswer.Duplicate duplicate) {
      if (claim.inDoubt && !(claim.repeated && service.canReplay())) {
        // Asked before in this process, and never answered: the holder is most likely ourselves.
        won(claim, null);
      } else {
        // Asked again as the very question that was in doubt, it would have said that it is ours.
        claim.inDoubt = false;
        drop(
            claim,
            new Skip(
                SkipReason.DUPLICATE, duplicate.firstSeenAt(), duplicate.fingerprintMismatch()));
      }
    } else if (answer instanceof ClaimAnswer.InProgress progress) {
      drop(claim, new Hold(HoldReason.IN_PROGRESS, capped(progress.retryAfter())));
    } else if (answer instanceof ClaimAnswer.Completed completed) {
      // Of what had the effect nothing more is known than that it was another.
      finished.addCompleted(
          claim.key(), completed.fingerprintMismatch() ? null : claim.fingerprint);
      claim.inDoubt = false;
      drop(
          claim,
          new Skip(SkipReason.COMPLETED, completed.doneAt(), completed.fingerprintMismatch()));
    } else if (answer instanceof ClaimAnswer.Failed failed) {
      claim.inDoubt = false;
      drop(claim, new Skip(SkipReason.FAILED_FOR_GOOD, null, failed.fingerprintMismatch()));
    } else if (answer instanceof ClaimAnswer.Throttled throttled) {
      Duration wait = capped(throttled.retryAfter());
      long until = options.nanoTime.getAsLong() + wait.toNanos();
      throttledUntil.accumulateAndGet(until, (a, b) -> a - b > 0 ? a : b);
      drop(claim, new Hold(HoldReason.RATE_LIMITED, wait));
    } else if (answer instanceof ClaimAnswer.Refused refused) {
      drop(claim, new Refuse(refused.cause()));
    }
  }

  private void won(Claim claim, @Nullable Duration ttl) {
    claim.won = true;
    claim.kept = null;
    claim.inDoubt = false;
    claim.ttlNanos = ttl == null ? 0 : ttl.toNanos();
    settler.noteTtl(ttl);
    decideAs(claim, Claim.State.RUNNING, new Process(claim));
  }

  private void unanswered(Claim claim, ClaimAnswer.Unavailable unavailable) {
    if (unavailable.inDoubt() && !claim.inDoubt) {
      claim.inDoubt = true;
      claim.requestId = unavailable.requestId();
    }
    if (options.failOpen) {
      claim.takeKept();
      decideAs(
          claim,
          Claim.State.RUNNING,
          new ProcessUnprotected(UnprotectedReason.OUTAGE, unavailable.reason(), claim));
    } else {
      drop(claim, new Hold(HoldReason.OUTAGE, capped(null)));
    }
  }

  /**
   * It does not run. What may be ours at the service all the same is remembered as ours, and given
   * back if it does not come again meanwhile: it may come again elsewhere.
   */
  private void drop(Claim claim, Decision decision) {
    boolean mayBeOurs =
        (claim.inDoubt && options.mode == Mode.CHECK_LOCK)
            || (!(decision instanceof Skip) && claim.takeKept());
    decideAs(claim, mayBeOurs ? Claim.State.FAILED : Claim.State.GONE, decision);
  }

  private void decideAs(Claim claim, Claim.State state, Decision decision) {
    CompletableFuture<Decision> answered;
    synchronized (claim) {
      answered = claim.answered;
      if (state == Claim.State.GONE) {
        own.remove(claim);
      } else if (state == Claim.State.FAILED) {
        settler.giveBacks().keepInDoubt(claim);
      } else {
        claim.state = state;
        claim.poll.progressNanos = options.nanoTime.getAsLong();
        claim.unrenewed = false;
      }
    }
    answered.complete(decision);
  }

  private Map<String, Object> metadataOf(Delivery delivery) {
    try {
      return Map.copyOf(options.metadata.apply(delivery)); // refuses nulls, as the wire does
    } catch (Throwable e) {
      UserFaults.throwIfFatal(e);
      LOG.warn("no metadata for {}: the function failed", delivery.destination(), e);
      return Map.of();
    }
  }

  private Duration timeout(long deadline) {
    long left = deadline - options.nanoTime.getAsLong();
    return Duration.ofNanos(Math.max(1, Math.min(left, options.callTimeout.toNanos())));
  }

  private Duration capped(@Nullable Duration asked) {
    Duration wait = asked == null || asked.isNegative() || asked.isZero() ? DEFAULT_HOLD : asked;
    return wait.compareTo(options.maxHold) > 0 ? options.maxHold : wait;
  }
}
