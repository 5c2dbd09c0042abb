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
    synchronized (present) {
      switch (present.state) {
        case ASKED -> {
          String asked = present.fingerprint;
          return present.answered.thenCompose(
              first ->
                  first instanceof Process || first instanceof ProcessUnprotected
                      ? decide(question)
                      : CompletableFuture.completedFuture(asAlso(first, asked, question)));
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
          takeAgain(present, question);
        }
        case FAILED -> takeAgain(present, question);
        case GONE -> {
          return decide(question);
        }
      }
    }
    asker.askAgain(present, question.delivery(), question.poll().deadlineNanos);
    return present.answered;
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
    if (id == null || !Objects.equals(present.deliveryId, id)) {
      return skip(SkipReason.HANDED_OVER_HERE, question, present.fingerprint);
    }
    if (present.isLost() || present.hasRunOut(options.nanoTime.getAsLong())) {
      return null;
    }
    present.poll = question.poll(); // it is begun anew
    return present.won
        ? new Process(present)
        : new ProcessUnprotected(UnprotectedReason.OUTAGE, null, present);
  }

  /** As long as it has been at work already: a hold may cost reading the rest of a poll again. */
  private Duration holdBeside(Claim present) {
    Duration atWork = Duration.ofNanos(options.nanoTime.getAsLong() - present.poll.progressNanos);
    Duration least = atWork.compareTo(HOLD_HERE) > 0 ? atWork : HOLD_HERE;
    return least.compareTo(LONGEST_HOLD_HERE) < 0 ? least : LONGEST_HOLD_HERE;
  }

  private void takeAgain(Claim present, Question question) {
    present.state = Claim.State.ASKED;
    present.deliveryId = idOf(question.delivery());
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
    String position = options.settlement == Settlement.BY_OUTCOME ? null : delivery.position();
    return position == null ? null : new DeliveryId(delivery.destination(), position);
  }
}
