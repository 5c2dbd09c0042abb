package tech.onceonly;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.Claim.DeliveryId;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.HoldReason;
import tech.onceonly.Decision.Process;
import tech.onceonly.Decision.ProcessUnprotected;
import tech.onceonly.Decision.Skip;
import tech.onceonly.Decision.SkipReason;
import tech.onceonly.Decision.UnprotectedReason;

/** Decides by what this process knows of a key, and has the service asked where that won't do. */
final class KnownHere {

  private static final Duration HOLD_HERE = Duration.ofMillis(50);
  private static final Duration LONGEST_HOLD_HERE = Duration.ofSeconds(1);

  /** How long a session that has lost a message may take to tell that. */
  private static final Duration UNTOLD = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(KnownHere.class);

  private final ClaimService service;
  private final GuardOptions options;
  private final ScheduledExecutorService scheduler;
  private final OwnClaims own;
  private final FinishedKeys finished;
  private final Asker asker;
  private final Occurrences overfull = new Occurrences();

  KnownHere(
      ClaimService service,
      GuardOptions options,
      ScheduledExecutorService scheduler,
      OwnClaims own,
      FinishedKeys finished,
      Asker asker) {
    this.service = service;
    this.options = options;
    this.scheduler = scheduler;
    this.own = own;
    this.finished = finished;
    this.asker = asker;
  }

  CompletableFuture<Decision> decide(Question question) {
    FinishedKeys.Finished known = finished.find(question.key());
    if (known != null) {
      return CompletableFuture.completedFuture(
          skip(SkipReason.FINISHED_HERE, question, known.fingerprint()));
    }
    Claim claim = new Claim(question, idOf(question.delivery()));
    Claim present = own.putIfAbsent(claim);
    if (present != null) {
      return beside(present, question);
    }
    if (own.isOverfull(this::mayForgetFailed)) {
      warnOfOverfull(question.delivery());
      Decision decision =
          options.failOpen
              ? new ProcessUnprotected(UnprotectedReason.TOO_MANY_UNSETTLED, null, null)
              : new Hold(HoldReason.TOO_MANY_UNSETTLED, HOLD_HERE);
      synchronized (claim) {
        own.remove(claim);
      }
      claim.answered.complete(decision);
      return CompletableFuture.completedFuture(decision);
    }
    asker.ask(claim, question.delivery(), question.poll().deadlineNanos);
    return claim.answered;
  }

  /** The key is among our own unsettled ones already. */
  private CompletableFuture<Decision> beside(Claim present, Question question) {
    Claim asked = present;
    synchronized (present) {
      switch (present.state) {
        case ASKED -> {
          String askedWith = present.fingerprint;
          return present.answered.thenCompose(
              first ->
                  first instanceof Process || first instanceof ProcessUnprotected
                      ? decide(question)
                      : CompletableFuture.completedFuture(asAlso(first, askedWith, question)));
        }
        case GIVING_BACK -> {
          return whenGivenBack(present, question);
        }
        case COMPLETING -> {
          return CompletableFuture.completedFuture(
              skip(SkipReason.FINISHED_HERE, question, present.fingerprint));
        }
        case RUNNING -> {
          Decision decision = besideRunning(present, question);
          if (decision != null) {
            return CompletableFuture.completedFuture(decision);
          }
          if (present.session == question.delivery().session()) {
            takeAgain(present, question);
          } else {
            asked = takeOver(present, question);
          }
        }
        case FAILED -> takeAgain(present, question);
        case GONE -> {
          return decide(question);
        }
      }
    }
    CompletableFuture<Decision> answered = asked.answered;
    asker.askAgain(asked, question.delivery(), question.poll().deadlineNanos);
    return answered;
  }

  /** A slow service may not answer within this budget: then it is asked for another time. */
  private CompletableFuture<Decision> whenGivenBack(Claim present, Question question) {
    CompletableFuture<Boolean> isKnown = present.answered.thenApply(answered -> true);
    long left = question.poll().deadlineNanos - options.nanoTime.getAsLong();
    try {
      ScheduledFuture<?> unused =
          scheduler.schedule(
              () -> {
                isKnown.complete(false);
              },
              left,
              TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      isKnown.complete(false); // closed
    }
    return isKnown.thenCompose(
        known ->
            known
                ? decide(question)
                : CompletableFuture.completedFuture(
                    new Hold(HoldReason.IN_PROGRESS_HERE, HOLD_HERE)));
  }

  private @Nullable Decision besideRunning(Claim present, Question question) {
    if (options.settlement == Settlement.BY_OUTCOME) {
      return new Hold(HoldReason.IN_PROGRESS_HERE, holdBeside(present));
    }
    DeliveryId id = idOf(question.delivery());
    boolean isSameSession = present.session == question.delivery().session();
    if (!Objects.equals(present.deliveryId, id) || (id == null && isSameSession)) {
      return skip(SkipReason.HANDED_OVER_HERE, question, present.fingerprint);
    }
    if (!isSameSession) {
      return isWaitedFor(present, id)
          ? new Hold(HoldReason.IN_PROGRESS_HERE, holdBeside(present))
          : null;
    }
    if (present.isLost() || present.hasRunOut(options.nanoTime.getAsLong())) {
      return null;
    }
    present.poll = question.poll(); // it is begun anew
    present.returned = false;
    return present.won
        ? new Process(present)
        : new ProcessUnprotected(UnprotectedReason.OUTAGE, null, present);
  }

  /**
   * Whether the run in another session is waited for. Its broker may have taken the message from
   * it, and let it come again here while the listener there is at work: beside it the effect would
   * double, and skipped it is lost if that one fails.
   *
   * @param id null where it can't be told from another message of its key
   */
  private boolean isWaitedFor(Claim present, @Nullable DeliveryId id) {
    long now = options.nanoTime.getAsLong();
    if (present.isLost() || present.hasRunOut(now)) {
      return false;
    }
    // Given to another, it can't be committed there any more: whoever doesn't say so is not waited
    // for as long as work is.
    Duration most = present.returned && id != null ? UNTOLD : options.maxRenewal;
    return now - present.poll.progressNanos <= most.toNanos();
  }

  /** As long as it has been at work already: a hold may cost reading the rest of a poll again. */
  private Duration holdBeside(Claim present) {
    Duration atWork = Duration.ofNanos(options.nanoTime.getAsLong() - present.poll.progressNanos);
    Duration least = atWork.compareTo(HOLD_HERE) > 0 ? atWork : HOLD_HERE;
    return least.compareTo(LONGEST_HOLD_HERE) < 0 ? least : LONGEST_HOLD_HERE;
  }

  /** Whoever had it may still be at work: what becomes of that settles nothing any more. */
  private Claim takeOver(Claim present, Question question) {
    Claim next = present.handedOn(question, idOf(question.delivery()));
    own.handOn(present, next);
    present.lose();
    return next;
  }

  private void takeAgain(Claim present, Question question) {
    present.state = Claim.State.ASKED;
    present.deliveryId = idOf(question.delivery());
    present.session = question.delivery().session();
    present.returned = false;
    present.fingerprint = question.fingerprint();
    present.poll = question.poll();
    present.answered = new CompletableFuture<>();
  }

  private static Skip skip(SkipReason reason, Question question, @Nullable String claimedWith) {
    return new Skip(reason, null, question.differsFrom(claimedWith));
  }

  /** What was decided of one that was asked for with that fingerprint, as of another of its key. */
  private static Decision asAlso(Decision first, @Nullable String asked, Question question) {
    return first instanceof Skip skip
        ? new Skip(
            skip.reason(),
            skip.firstSeenAt(),
            question.differsFrom(asked)
                || (skip.fingerprintMismatch() && question.fingerprint() != null))
        : first;
  }

  /** Not what is still to be given back: it goes by itself, once the service can be reached. */
  private boolean mayForgetFailed() {
    return options.mode == Mode.LEASE || !service.canRelease();
  }

  private void warnOfOverfull(Delivery delivery) {
    long met = overfull.worthALine(delivery.destination());
    if (met > 0) {
      LOG.warn(
          "{} claims wait to be settled, no more are made: the {}. delivery of {} {}; commit or"
              + " acknowledge more often (Kafka's auto.commit.interval.ms), or raise maxUnsettled",
          options.maxUnsettled,
          met,
          delivery.destination(),
          options.failOpen ? "runs without protection" : "is held");
    }
  }

  /** Null where the broker does not tell, or where nobody will ask. */
  private @Nullable DeliveryId idOf(Delivery delivery) {
    Object identity = options.settlement == Settlement.BY_OUTCOME ? null : delivery.identity();
    return identity == null ? null : new DeliveryId(delivery.destination(), identity);
  }
}
