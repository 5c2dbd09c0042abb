package tech.onceonly;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.Decision.Process;
import tech.onceonly.Decision.ProcessUnprotected;
import tech.onceonly.Decision.Refuse;
import tech.onceonly.Decision.UnprotectedReason;

/**
 * The one decision maker: whether a delivery's listener runs.
 *
 * <p>Adapters ask {@link #decide}, act, and tell the outcome of each {@link Process} and {@link
 * ProcessUnprotected} to {@link #settle}. A guard knows its own unsettled claims, so that a retry
 * in this process runs and is not taken for a duplicate of itself; what another process has claimed
 * it knows from the service alone. What each {@link Mode} promises stands there.
 *
 * <p>Thread-safe. No method blocks: a stage completes within its budget, plus scheduling delay.
 */
public final class DeliveryGuard implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DeliveryGuard.class);

  private final ClaimService service;
  private final GuardOptions options;
  private final GuardEvents events;
  private final ScheduledExecutorService scheduler;
  private final OwnClaims own;
  private final FinishedKeys finished;
  private final OutageWatch outage;
  private final AfterOutage afterOutage;
  private final Settler settler;
  private final KnownHere knownHere;
  private final WrongKeys wrongKeys;

  DeliveryGuard(ClaimService service, GuardOptions options, ScheduledExecutorService scheduler) {
    this.service = service;
    this.options = options;
    this.scheduler = scheduler;
    events = new SafeEvents(options.events);
    own =
        new OwnClaims(
            options.maxUnsettled,
            failed ->
                events.settleGivenUp(
                    failed.key(), Outcome.FAILED, "more than maxUnsettled claims are unsettled"));
    finished = new FinishedKeys(options);
    afterOutage = new AfterOutage(service, options, events, scheduler);
    outage = new OutageWatch(options, events, afterOutage::drain);
    settler = new Settler(service, options, events, scheduler, own, finished, afterOutage);
    Asker asker = new Asker(service, options, own, finished, outage, settler);
    wrongKeys = new WrongKeys(options, events);
    knownHere = new KnownHere(service, options, scheduler, own, finished, asker);
    if (options.mode == Mode.LEASE) {
      new Heartbeat(service, options, events, own).beat(scheduler);
    }
  }

  /** A guard with a daemon thread of its own for heartbeats and retries. */
  public static DeliveryGuard create(ClaimService service, GuardOptions options) {
    return new DeliveryGuard(
        service,
        options,
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "onceonly-guard");
              thread.setDaemon(true);
              return thread;
            }));
  }

  /**
   * Decides deliveries that were polled together, asking for all of them at once. Equal keys among
   * them are decided in order: the later ones when it is known what became of the first.
   *
   * @param budget for all of them together; what is not answered by then is an outage
   * @return a stage for each, in order; none completes exceptionally
   */
  public List<CompletionStage<Decision>> decideAll(
      List<? extends Delivery> deliveries, Duration budget) {
    Poll poll = new Poll(options.nanoTime.getAsLong(), budget.toNanos());
    GuardEvents.Asked asked = events.asks(deliveries);
    List<CompletionStage<Decision>> decisions = new ArrayList<>(deliveries.size());
    Runnable rest =
        () -> {
          for (int next = decisions.size(); next < deliveries.size(); next++) {
            decisions.add(decide(deliveries.get(next), poll));
          }
        };
    try {
      service.together(rest);
    } catch (RuntimeException e) {
      LOG.error("asking together failed: what has not been asked is asked one by one", e);
    }
    rest.run(); // a service that breaks its word leaves nothing undecided
    GatheredDecisions.tell(asked, decisions);
    return decisions;
  }

  /**
   * Decides one delivery.
   *
   * @param budget what is not answered by then is an outage
   */
  public CompletionStage<Decision> decide(Delivery delivery, Duration budget) {
    return decideAll(List.of(delivery), budget).get(0);
  }

  /**
   * Tells the outcome of a delivery that ran. Other decisions need no settling and may be passed
   * all the same; so may one that is settled already.
   *
   * @return completes, never exceptionally, when the service has been told once; if it could not be
   *     reached, a completion is told again in the background
   */
  public CompletionStage<Void> settle(Decision decision, Outcome outcome) {
    Claim claim = claimOf(decision);
    return claim == null ? CompletableFuture.completedFuture(null) : settler.settle(claim, outcome);
  }

  /**
   * The listener has returned, and the outcome will be told when its session's transaction has
   * ended. Where the session has lost the delivery meanwhile and does not tell, what comes again in
   * another one then waits for some seconds, and not as long as for a listener at work.
   */
  public void returned(Decision decision) {
    Claim claim = claimOf(decision);
    if (claim != null) {
      claim.hasReturned(options.nanoTime.getAsLong());
    }
  }

  /**
   * The delivery went to another consumer without its outcome being known, and that one may be at
   * work on it already. A lease is not renewed, and runs out: what still runs here is not overtaken
   * before. A check-lock does not run out in time, and would make the redelivery a duplicate of
   * what nobody has finished: it is settled as failed.
   *
   * @return as {@link #settle}
   */
  public CompletionStage<Void> abandon(Decision decision) {
    if (options.mode == Mode.CHECK_LOCK) {
      return settle(decision, Outcome.FAILED);
    }
    forget(decision);
    return CompletableFuture.completedFuture(null);
  }

  /**
   * Gives back, where the service takes it, every claim whose listener failed, and every check-lock
   * in doubt whose delivery waits: before their deliveries go to another process, which would take
   * them for duplicates. Those that come again here are asked for anew.
   *
   * @return completes, never exceptionally, when the service has been told of each once
   */
  public CompletionStage<Void> giveBackFailed() {
    return settler.giveBacks().all();
  }

  /** Stops renewing the claim and tells nobody: for a delivery that can never come again. */
  public void forget(Decision decision) {
    Claim claim = claimOf(decision);
    if (claim != null) {
      synchronized (claim) {
        if (claim.state == Claim.State.RUNNING || claim.state == Claim.State.FAILED) {
          own.remove(claim);
        }
      }
    }
  }

  /**
   * Whether this failed delivery's claim could not be given back and is known as ours in this
   * process alone: redelivered to another process, it would be taken for a duplicate and lost.
   * Always false in lease mode, where another process waits until the lease runs out. Also true
   * while it is being given back: only the service's answer proves that it was.
   */
  public boolean isKeptHere(Decision decision) {
    Claim claim = claimOf(decision);
    if (claim == null || options.mode == Mode.LEASE) {
      return false;
    }
    synchronized (claim) {
      return claim.state == Claim.State.FAILED || claim.state == Claim.State.GIVING_BACK;
    }
  }

  /**
   * Whether the lease of this decision is known to be another's, or has run out by this process's
   * clock, so that it may be. To be asked right before a listener begins under a decision that has
   * waited for its turn: settle it as failed then, and decide anew. Always false without a lease.
   */
  public boolean isLost(Decision decision) {
    Claim claim = claimOf(decision);
    if (claim == null || claim.leaseId() == null) {
      return false;
    }
    synchronized (claim) {
      return claim.isLost() || claim.hasRunOut(options.nanoTime.getAsLong());
    }
  }

  /** Whether this process knows the effect of this key as done, and skips it without a call. */
  public boolean isFinishedHere(IdempotencyKey key) {
    return finished.contains(key);
  }

  /**
   * The effect of this key is to happen again: it was released at the service. What is at work here
   * goes on.
   */
  public void forgetFinished(IdempotencyKey key) {
    finished.forget(key);
  }

  /** Ends heartbeats and background retries. The service is its owner's to close. */
  @Override
  public void close() {
    scheduler.shutdownNow();
    settler.close();
    afterOutage.close();
    outage.close();
  }

  private CompletionStage<Decision> decide(Delivery delivery, Poll poll) {
    return look(delivery, poll).thenApply(decision -> told(delivery, decision, poll));
  }

  private Decision told(Delivery delivery, Decision decision, Poll poll) {
    events.decided(
        delivery, decision, Duration.ofNanos(options.nanoTime.getAsLong() - poll.beganNanos));
    if (decision instanceof ProcessUnprotected unprotected
        && unprotected.reason() == UnprotectedReason.OUTAGE) {
      outage.ranUnprotected();
    }
    boolean runs = decision instanceof Process || decision instanceof ProcessUnprotected;
    return options.dryRun && !runs ? unprotected(UnprotectedReason.DRY_RUN) : decision;
  }

  private CompletableFuture<Decision> look(Delivery delivery, Poll poll) {
    if (isBypassed(delivery)) {
      return CompletableFuture.completedFuture(unprotected(UnprotectedReason.BYPASSED));
    }
    Delivery named = options.mode == Mode.LEASE ? delivery.origin() : delivery;
    IdempotencyKey key = options.keys.keyOf(named);
    if (key == null) {
      return CompletableFuture.completedFuture(withoutKey(delivery));
    }
    Question question = new Question(delivery, key, wrongKeys.fingerprintOf(delivery), poll);
    CompletableFuture<Decision> decided = knownHere.decide(question);
    return question.fingerprint() == null
        ? decided
        : decided.thenApply(decision -> wrongKeys.noted(question, decision));
  }

  private Decision withoutKey(Delivery delivery) {
    if (options.noKey == GuardOptions.NoKey.PROCESS_UNPROTECTED) {
      return unprotected(UnprotectedReason.NO_KEY);
    }
    return new Refuse(
        new IllegalStateException(
            "no idempotency key in "
                + delivery.destination()
                + " "
                + delivery.position()
                + ": none of the key sources "
                + options.keys.sources().stream().map(KeySource::name).toList()
                + " found one; add one that always does, or let such deliveries pass"));
  }

  /** What is to be settled of it; null where there is nothing. */
  private static @Nullable Claim claimOf(Decision decision) {
    if (decision instanceof Process process) {
      return process.claim();
    }
    return decision instanceof ProcessUnprotected unprotected ? unprotected.unproven() : null;
  }

  private static ProcessUnprotected unprotected(UnprotectedReason reason) {
    return new ProcessUnprotected(reason, null, null);
  }

  private boolean isBypassed(Delivery delivery) {
    try {
      return options.bypass.test(delivery);
    } catch (Throwable e) {
      UserFaults.throwIfFatal(e);
      LOG.warn("the bypass predicate failed for {}; it is claimed", delivery.destination(), e);
      return false;
    }
  }
}
