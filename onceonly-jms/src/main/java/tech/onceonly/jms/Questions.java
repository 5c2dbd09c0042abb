package tech.onceonly.jms;

import jakarta.jms.Message;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.BlockingBridge;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.ProcessUnprotected;
import tech.onceonly.Decision.Refuse;
import tech.onceonly.DeliveryGuard;
import tech.onceonly.Entrance;
import tech.onceonly.Settlements;
import tech.onceonly.client.EventLoops;

/** Asks a destination's guard about messages, until it is closed. Thread-safe. */
final class Questions {

  private static final Logger LOG = LoggerFactory.getLogger(Questions.class);

  private final JmsOptions options;
  private final DeliveryGuard guard;
  private final Settlements settlements;
  private final InHand inHand;
  private final Remarks remarks;
  private final Entrance entrance = new Entrance();

  private volatile @Nullable RuntimeException refusal;

  Questions(JmsOptions options, DeliveryGuard guard, Settlements settlements, InHand inHand) {
    this.options = options;
    this.guard = guard;
    this.settlements = settlements;
    this.inHand = inHand;
    remarks = new Remarks(options);
  }

  /** As {@link JmsGuard#decide}, for a message that came by this session. */
  Decision ask(Message message, Object session) {
    EventLoops.refuseToBlock();
    if (!entrance.enter()) {
      LOG.warn(
          "a message of {} waits for a guard that is closed: stop its consumers before it",
          options.destination());
      return Settlements.UNDECIDED;
    }
    try {
      JmsDelivery delivery = new JmsDelivery(message, options.destination(), session);
      Decision decision = await(guard.decide(delivery, options.claimBudget()));
      inHand.add(decision, Thread.currentThread());
      seen(delivery, decision);
      return decision;
    } finally {
      entrance.leave();
    }
  }

  /**
   * Asks for messages that were received together by this session, without waiting. {@link #close}
   * waits for the answers.
   *
   * @return a stage for each, in order; none completes exceptionally
   */
  List<CompletionStage<Decision>> askTogether(List<Message> messages, Object session) {
    if (!entrance.enter()) {
      CompletionStage<Decision> undecided =
          CompletableFuture.completedFuture(Settlements.UNDECIDED);
      return Collections.nCopies(messages.size(), undecided);
    }
    Thread thread = Thread.currentThread();
    List<JmsDelivery> deliveries =
        messages.stream()
            .map(message -> new JmsDelivery(message, options.destination(), session))
            .toList();
    List<CompletionStage<Decision>> asked =
        guard.decideAll(deliveries, options.claimBudget()).stream()
            .map(stage -> stage.thenApply(decision -> inHand.added(decision, thread)))
            .toList();
    CompletableFuture<?>[] all =
        asked.stream().map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new);
    var unused = CompletableFuture.allOf(all).whenComplete((v, failure) -> entrance.leave());
    return asked;
  }

  /** Waits for the answer about a message that was asked for with others. */
  Decision answered(Message message, CompletionStage<Decision> asked) {
    Decision decision = await(asked);
    seen(new JmsDelivery(message, options.destination()), decision);
    return decision;
  }

  /** Why the service refuses at present; null where it does not. */
  @Nullable RuntimeException refusal() {
    return refusal;
  }

  /**
   * Asks no more, and waits for the answers under way. A client that is closed under a question
   * gives none: an outage, in which a message runs that was refused before. Each question is
   * bounded by its budget.
   */
  void close() {
    BlockingBridge.awaitUninterruptibly(entrance.close());
  }

  /** What is not waited for is given back when it is won. */
  private Decision await(CompletionStage<Decision> asked) {
    try {
      Decision decision = settlements.decisions(List.of(asked), options.claimBudget()).get(0);
      if (decision == Settlements.UNDECIDED) {
        var unused = asked.thenAccept(inHand::settled);
      }
      return decision;
    } catch (InterruptedException e) {
      var unused = asked.thenAccept(inHand::settled);
      throw Waiting.interrupted(e);
    }
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
}
