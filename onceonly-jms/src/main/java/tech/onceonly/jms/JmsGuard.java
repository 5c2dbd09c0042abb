package tech.onceonly.jms;

import jakarta.jms.Message;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.BlockingBridge;
import tech.onceonly.ClaimService;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.Refuse;
import tech.onceonly.DeliveryGuard;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.Outcome;
import tech.onceonly.Settlements;

/**
 * A destination's guard, with what it stands on: opened together, closed together.
 *
 * <p>For those who build a hook of their own: ask {@link #decide} or {@link #admit}, act as the
 * decision says, and tell the outcome of what ran to {@link #settle}. The hooks of this library
 * stand on it. What it does not do is acknowledge, commit or recover: that is the hook's part, and
 * where most ways to lose a message are. The thread that asks stands for the session of a
 * transacted message; a hook whose sessions go from thread to thread names them by {@link
 * MessageRun.Settling#session}.
 *
 * <p>Thread-safe. The methods that decide and settle wait, bounded as each says, and refuse to do
 * so on a Vert.x event loop.
 */
public final class JmsGuard implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(JmsGuard.class);

  private final JmsOptions options;
  private final ClaimService service;
  private final DeliveryGuard guard;
  private final Settlements settlements;
  private final Waiting waiting;
  private final Questions questions;
  private final Behind behind = new Behind();
  private final InHand inHand = new InHand();

  private JmsGuard(JmsOptions options) {
    this.options = options;
    service = options.openClaimService();
    guard = DeliveryGuard.create(service, options.toGuardOptions());
    settlements = new Settlements(guard);
    questions = new Questions(options, guard, settlements, inHand);
    waiting = new Waiting(options);
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
    return questions.ask(message, Thread.currentThread());
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
    return admit(message, most, wanted, Thread.currentThread());
  }

  /** For a message that came by this session. */
  Decision admit(Message message, @Nullable Duration most, BooleanSupplier wanted, Object session) {
    return waiting.decide(() -> decideInTurn(message, session), most, wanted);
  }

  /** As long as it takes; {@code waits} hears of each answer that lets it wait. */
  Decision admit(Message message, Object session, Consumer<Decision> waits) {
    return waiting.decide(
        () -> {
          Decision decision = decideInTurn(message, session);
          if (isWaiting(decision)) {
            waits.accept(decision);
          }
          return decision;
        },
        null,
        () -> true);
  }

  static boolean isWaiting(Decision decision) {
    return decision instanceof Hold || decision instanceof Refuse;
  }

  /**
   * Tells the outcome, and waits, at most {@link JmsOptions#claimBudget()}, until the service has
   * heard of it; what takes longer is told in the background. An interrupt does not end the wait
   * and stays set.
   */
  public void settle(Decision decision, Outcome outcome) {
    CompletionStage<Void> told = settlements.tell(decision, outcome);
    inHand.settled(decision);
    settlements.await(told, options.claimBudget());
  }

  /**
   * As {@link #settle}, for a hook that goes on to its next message by {@link #admit}: a success is
   * told while that message is received and claimed. Not before the service has heard of it, or
   * {@link JmsOptions#claimBudget()} has passed, does {@code admit} let the next one run: so a
   * killed process leaves no more effects untold than it has consumers, as if each had waited here,
   * whichever threads they are on.
   */
  public void settleBehind(Decision decision, Outcome outcome) {
    if (outcome == Outcome.FAILED) {
      settle(decision, outcome); // the broker may hand it to another process next
      return;
    }
    behind.leave(settlements.tell(decision, outcome));
    inHand.settled(decision);
  }

  /**
   * The listener has returned, or thrown, for a hook that tells the outcome only when the session's
   * transaction has ended: see {@link DeliveryGuard#returned}.
   */
  public void returned(Decision decision) {
    guard.returned(decision);
    inHand.returned(decision);
  }

  /** Why the service refuses at present, for health checks; null where it does not. */
  public @Nullable RuntimeException refusal() {
    return questions.refusal();
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
    inHand.settled(decision);
  }

  JmsDelivery delivery(Message message) {
    return new JmsDelivery(message, options.destination());
  }

  /** Tells outcomes without waiting for each, and waits for all together, as {@link #settle}. */
  void settleAll(Iterable<Decision> decisions, Outcome outcome) {
    decisions.forEach(each -> settlements.settle(each, outcome));
    decisions.forEach(inHand::settled);
    settlements.await(options.claimBudget());
  }

  /** Tells the outcome, and waits until no more than so many are under way. */
  void settle(Decision decision, Outcome outcome, int most) {
    settlements.settle(decision, outcome);
    inHand.settled(decision);
    settlements.awaitAtMost(most, options.claimBudget());
  }

  /**
   * Decides messages that were received together by this session, asking for all of them at once.
   * {@link #close} waits for the answers.
   *
   * @return a stage for each, in order; none completes exceptionally
   */
  List<CompletionStage<Decision>> decideAll(List<Message> messages, Object session) {
    return questions.askTogether(messages, session);
  }

  /**
   * What was decided of a message that was asked for with others; held where its lease has run out
   * meanwhile, so that it is asked for anew.
   */
  Decision decided(Message message, CompletionStage<Decision> asked) {
    Decision decision = questions.answered(message, asked);
    if (guard.isLost(decision)) {
      giveBack(List.of(asked));
      return Settlements.UNDECIDED;
    }
    return decision;
  }

  /** Tells that these do not run, now or when they are decided. */
  void giveBack(Iterable<CompletionStage<Decision>> asked) {
    for (CompletionStage<Decision> each : asked) {
      settlements.settle(each, Outcome.FAILED);
      var unused = each.thenAccept(inHand::settled);
    }
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
   * Ends the wait of messages that stand still, waits for those that run, and ends renewals. What
   * runs, or waits for its commit, on other threads than this one is waited for: listeners {@link
   * JmsOptions#maxWait()} at most, and after them commits {@link JmsOptions#claimBudget()} at most.
   * What takes longer is as if the process had been killed here. Closing twice is a no-op.
   */
  @Override
  public void close() {
    if (waiting.close()) {
      questions.close();
      awaitInHand();
      settlements.giveBackAndAwait(options.claimBudget());
      guard.close();
      if (options.ownsClaimService()) {
        service.close();
      }
    }
  }

  /** What they have to tell could not be told after the closing. */
  private void awaitInHand() {
    if (!BlockingBridge.awaitUninterruptibly(inHand.allReturned(), options.maxWait())
        || !BlockingBridge.awaitUninterruptibly(inHand.allSettled(), options.claimBudget())) {
      LOG.warn(
          "{} is closed while messages of {} run, or wait for their commit: their outcome is told to"
              + " nobody; close the consumers first",
          options.scope(),
          options.destination());
    }
  }

  /** Where another's completion is still under way, not before the service has heard of it. */
  private Decision decideInTurn(Message message, Object session) {
    Decision decision = questions.ask(message, session);
    if (!isWaiting(decision) && isLostBehind(decision)) {
      settle(decision, Outcome.FAILED);
      return decideInTurn(message, session);
    }
    return decision;
  }

  /** Whether its lease has run out while it waited for a completion. */
  private boolean isLostBehind(Decision decision) {
    CompletableFuture<Void> told = behind.take();
    if (told == null) {
      return false;
    }
    settlements.await(told, options.claimBudget());
    return guard.isLost(decision);
  }
}
