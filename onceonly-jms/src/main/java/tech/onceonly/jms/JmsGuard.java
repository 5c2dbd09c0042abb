package tech.onceonly.jms;

import jakarta.jms.Message;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.BlockingBridge;
import tech.onceonly.ClaimService;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.ProcessUnprotected;
import tech.onceonly.Decision.Refuse;
import tech.onceonly.DeliveryGuard;
import tech.onceonly.Entrance;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.Outcome;
import tech.onceonly.Settlements;
import tech.onceonly.Standstill;
import tech.onceonly.client.EventLoops;

/**
 * A destination's guard, with what it stands on: opened together, closed together.
 *
 * <p>For those who build a hook of their own: ask {@link #decide} or {@link #admit}, act as the
 * decision says, and tell the outcome of what ran to {@link #settle}. The hooks of this library
 * stand on it. What it does not do is acknowledge, commit or recover: that is the hook's part, and
 * where most ways to lose a message are.
 *
 * <p>Thread-safe. The methods that decide and settle wait, bounded as each says, and refuse to do
 * so on a Vert.x event loop.
 */
public final class JmsGuard implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(JmsGuard.class);

  /** How often a wait looks up whether its message is still wanted. */
  private static final Duration LOOK_UP = Duration.ofMillis(100);

  private final JmsOptions options;
  private final ClaimService service;
  private final DeliveryGuard guard;
  private final Settlements settlements;
  private final Standstill standstill;
  private final Entrance questions = new Entrance();
  private final CompletableFuture<Void> closing = new CompletableFuture<>();
  private final Remarks remarks;

  /** The completion of a thread's message before, where it has not been waited for. */
  private final ThreadLocal<CompletableFuture<Void>> behind =
      ThreadLocal.withInitial(() -> CompletableFuture.completedFuture(null));

  private volatile @Nullable RuntimeException refusal;

  private JmsGuard(JmsOptions options) {
    this.options = options;
    remarks = new Remarks(options);
    service = options.openClaimService();
    guard = DeliveryGuard.create(service, options.toGuardOptions());
    settlements = new Settlements(guard);
    standstill =
        new Standstill(
            options.scope() + ", " + options.destination(), options.maxHold(), options.nanoTime());
  }

  /**
   * Opens a guard.
   *
   * @throws RefusedException if the API refuses the key at the start
   */
  public static JmsGuard open(JmsOptions options) {
    return new JmsGuard(options);
  }

  public JmsOptions options() {
    return options;
  }

  /**
   * Decides a message, asking once: at most {@link JmsOptions#claimBudget()} and a quarter of a
   * second. After {@link #close} it is held: without its guard it is not processed.
   *
   * @throws UndecidedException if the thread is interrupted, whose flag is set again; a claim that
   *     is won all the same is given back
   * @throws IllegalStateException on a Vert.x event loop
   */
  public Decision decide(Message message) {
    EventLoops.refuseToBlock();
    if (!questions.enter()) {
      LOG.warn(
          "a message of {} waits for a guard that is closed: stop its consumers before it",
          options.destination());
      return Settlements.UNDECIDED;
    }
    try {
      return ask(delivery(message));
    } catch (InterruptedException e) {
      throw interrupted(e);
    } finally {
      questions.leave();
    }
  }

  /**
   * Decides messages that were received together, asking for all of them at once. {@link #close}
   * waits for the answers.
   *
   * @return a stage for each, in order; none completes exceptionally
   */
  List<CompletionStage<Decision>> decideAll(List<Message> messages) {
    if (!questions.enter()) {
      CompletionStage<Decision> undecided =
          CompletableFuture.completedFuture(Settlements.UNDECIDED);
      return Collections.nCopies(messages.size(), undecided);
    }
    List<CompletionStage<Decision>> asked =
        guard.decideAll(messages.stream().map(this::delivery).toList(), options.claimBudget());
    CompletableFuture<?>[] all =
        asked.stream().map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new);
    var unused = CompletableFuture.allOf(all).whenComplete((v, failure) -> questions.leave());
    return asked;
  }

  /**
   * Waits until a message that was asked for with others may run, or be skipped, as long as that
   * takes; one whose lease has run out meanwhile is asked for anew.
   */
  Decision admit(Message message, CompletionStage<Decision> asked) {
    Decision decision;
    try {
      decision = settlements.decisions(List.of(asked), options.claimBudget()).get(0);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    boolean isLost = guard.isLost(decision);
    if (isLost) {
      settlements.settle(decision, Outcome.FAILED);
    }
    if (isLost || decision instanceof Hold || decision instanceof Refuse) {
      return admit(message, (Duration) null);
    }
    seen(delivery(message), decision);
    return decision;
  }

  /**
   * Decides a message and, where it is held or refused, waits on this thread and asks again: as
   * long as it takes, or for so long. Nothing is acknowledged meanwhile, no attempt of the broker's
   * is used up, and the log says so.
   *
   * @param most null for as long as it takes; then the decision neither holds nor refuses
   * @throws UndecidedException if the thread is interrupted or the guard is closed. After {@link
   *     #close} it is thrown only after {@link JmsOptions#maxHold()}, so that a broker that sends
   *     the message again at once does not use up its attempts at once
   * @throws IllegalStateException on a Vert.x event loop
   */
  public Decision admit(Message message, @Nullable Duration most) {
    return admit(message, most, () -> true);
  }

  /**
   * As {@link #admit(Message, Duration)}, for a message that may stop being wanted: then what was
   * decided last comes back, within a tenth of a second.
   *
   * @param wanted whether the wait goes on: its container runs
   */
  public Decision admit(Message message, @Nullable Duration most, BooleanSupplier wanted) {
    long began = options.nanoTime().getAsLong();
    if (closing.isDone()) {
      EventLoops.refuseToBlock();
      pause(options.maxHold());
      throw closed();
    }
    while (true) {
      Decision decision = decide(message);
      if (!(decision instanceof Hold) && !(decision instanceof Refuse)) {
        standstill.end();
        if (awaitBehind() && guard.isLost(decision)) {
          settlements.settle(decision, Outcome.FAILED);
          continue;
        }
        return decision;
      }
      Duration wait = standstill.pause(decision, 1);
      if (most != null) {
        Duration left = most.minusNanos(options.nanoTime().getAsLong() - began);
        if (wait.compareTo(left) > 0) {
          return decision;
        }
      }
      if (!isWantedFor(wait, wanted)) {
        return decision;
      }
    }
  }

  /**
   * Tells the outcome, and waits, at most {@link JmsOptions#claimBudget()}, until the service has
   * heard of it; what takes longer is told in the background. An interrupt does not end the wait
   * and stays set.
   */
  public void settle(Decision decision, Outcome outcome) {
    settlements.settleAndWait(decision, outcome, options.claimBudget());
  }

  /**
   * As {@link #settle}, for a hook whose thread goes on to its next message by {@link #admit}: a
   * success is told while that message is received and claimed. Not before the service has heard of
   * it, or {@link JmsOptions#claimBudget()} has passed, does {@code admit} let the next one run: so
   * a killed process leaves one effect of each thread untold at most, as if it had waited here. A
   * consumer whose executor moves it to another thread may leave one more.
   */
  public void settleBehind(Decision decision, Outcome outcome) {
    if (outcome == Outcome.FAILED) {
      settle(decision, outcome); // the broker may hand it to another process next
      return;
    }
    boolean unused = awaitBehind();
    behind.set(settlements.tell(decision, outcome).toCompletableFuture());
  }

  /** Why the service refuses at present, for health checks; null where it does not. */
  public @Nullable RuntimeException refusal() {
    return refusal;
  }

  /** {@link DeliveryGuard#isFinishedHere}. */
  public boolean isFinishedHere(IdempotencyKey key) {
    return guard.isFinishedHere(key);
  }

  /** {@link DeliveryGuard#forgetFinished}. */
  public void forgetFinished(IdempotencyKey key) {
    guard.forgetFinished(key);
  }

  /** Stops renewing and tells nobody: a lease runs out by itself. */
  public void forget(Decision decision) {
    guard.forget(decision);
  }

  JmsDelivery delivery(Message message) {
    return new JmsDelivery(message, options.destination());
  }

  /** Tells outcomes without waiting for each, and waits for all together, as {@link #settle}. */
  void settleAll(Iterable<Decision> decisions, Outcome outcome) {
    decisions.forEach(each -> settlements.settle(each, outcome));
    settlements.await(options.claimBudget());
  }

  /** Tells the outcome, and waits until no more than so many are under way. */
  void settle(Decision decision, Outcome outcome, int most) {
    settlements.settle(decision, outcome);
    settlements.awaitAtMost(most, options.claimBudget());
  }

  /** Tells that these do not run, now or when they are decided. */
  void giveBack(Iterable<CompletionStage<Decision>> asked) {
    asked.forEach(each -> settlements.settle(each, Outcome.FAILED));
  }

  /** Waits, bounded, until the service has been told of everything, failures first. */
  void awaitSettled(boolean giveBack) {
    if (giveBack) {
      settlements.giveBackAndAwait(options.claimBudget());
    } else {
      settlements.await(options.claimBudget());
    }
  }

  /**
   * Ends the wait of messages that stand still, waits, bounded, for decisions and settlements under
   * way, and ends renewals. Closing twice is a no-op.
   */
  @Override
  public void close() {
    if (closing.complete(null)) {
      // A client that is closed under a question gives no answer: an outage, in which a message
      // runs that was refused before. Each question is bounded by its budget.
      BlockingBridge.awaitUninterruptibly(questions.close());
      settlements.giveBackAndAwait(options.claimBudget());
      guard.close();
      if (options.ownsClaimService()) {
        service.close();
      }
    }
  }

  /** Whether there was something to wait for. */
  private boolean awaitBehind() {
    CompletableFuture<Void> told = behind.get();
    behind.remove();
    if (told.isDone()) {
      return false;
    }
    settlements.await(told, options.claimBudget());
    return true;
  }

  private Decision ask(JmsDelivery delivery) throws InterruptedException {
    Decision decision =
        settlements
            .decisions(
                List.of(guard.decide(delivery, options.claimBudget())), options.claimBudget())
            .get(0);
    seen(delivery, decision);
    return decision;
  }

  private void seen(JmsDelivery delivery, Decision decision) {
    remarks.seen(delivery, decision);
    noteRefusal(decision);
  }

  /** No answer, and what was not asked, say nothing of whether the service still refuses. */
  private void noteRefusal(Decision decision) {
    if (decision instanceof Refuse refuse) {
      refusal = refuse.cause();
    } else if (refusal != null
        && !(decision instanceof ProcessUnprotected)
        && !(decision instanceof Hold)) {
      refusal = null;
    }
  }

  /** Waits, and tells whether the message was wanted all the time. */
  private boolean isWantedFor(Duration wait, BooleanSupplier wanted) {
    long until = options.nanoTime().getAsLong() + wait.toNanos();
    for (long left = wait.toNanos(); left > 0; left = until - options.nanoTime().getAsLong()) {
      if (!wanted.getAsBoolean()) {
        return false;
      }
      if (isClosedWithin(Duration.ofNanos(Math.min(left, LOOK_UP.toNanos())))) {
        throw closed();
      }
    }
    return true;
  }

  private boolean isClosedWithin(Duration wait) {
    try {
      BlockingBridge.await(closing, wait);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static void pause(Duration wait) {
    try {
      BlockingBridge.pause(wait);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private UndecidedException closed() {
    return new UndecidedException(
        "a message of "
            + options.destination()
            + " was not handled: OnceOnly is closed; stop its consumers before it",
        null);
  }

  private static UndecidedException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new UndecidedException("interrupted before it was decided: not handled", e);
  }
}
