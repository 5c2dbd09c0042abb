package tech.onceonly.jms;

import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tech.onceonly.ClaimContext;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.Process;
import tech.onceonly.Decision.Refuse;
import tech.onceonly.Decision.Skip;
import tech.onceonly.Outcome;

/**
 * One message's way: decided, run or skipped, settled when the session says so. For hooks of one's
 * own, as {@link JmsGuard}; thread-safe if its {@link Settling} is.
 */
public final class MessageRun {

  /** When a claim is settled. */
  public interface Settling {

    /** The work is about to run. */
    void begins(Decision decision);

    /** The work has returned, or thrown. */
    void ended(Decision decision, Outcome outcome);

    /**
     * Which session the messages come by that are handed over now: two of one session are committed
     * together, and one that comes again in another may have been taken from a listener at work. By
     * default the thread, where each thread has a session, or a transaction, of its own.
     */
    default Object session() {
      return Thread.currentThread();
    }
  }

  private final JmsGuard guard;
  private final Settling settling;

  public MessageRun(JmsGuard guard, Settling settling) {
    this.guard = guard;
    this.settling = settling;
  }

  /** For a caller that acknowledges by itself. */
  <E extends Exception> MessageOutcome handle(Message message, MessageWork<E> work) throws E {
    JmsOptions options = guard.options();
    // Acknowledged at receive, it would be lost if it were handed back.
    Duration most = options.acknowledgement().isBySession() ? null : options.maxWait();
    return follow(message, guard.admit(message, most, () -> true, settling.session()), work);
  }

  /** For a message that was decided before. */
  <E extends Exception> MessageOutcome follow(
      Message message, Decision decision, MessageWork<E> work) throws E {
    MessageOutcome without = withoutRunning(message, decision);
    if (without != null) {
      return without;
    }
    run(message, decision, work);
    return new MessageOutcome.Processed(decision instanceof Process);
  }

  /** For a provider that acknowledges when this returns; the listener's failure comes out as is. */
  void listen(Message message, Callable<?> listener) throws Exception {
    MessageOutcome unused = listen(message, null, () -> true, listener);
  }

  /**
   * For who acknowledges, or commits, when this returns with an outcome that is done, and can hand
   * the message back where it is not. The listener finds its claim in {@link CurrentMessage}, and
   * what it throws comes out as is.
   *
   * @param most how long the message may wait before it is held or refused; null for as long as it
   *     takes
   * @param wanted whether the wait goes on
   */
  public MessageOutcome listen(
      Message message, @Nullable Duration most, BooleanSupplier wanted, Callable<?> listener)
      throws Exception {
    Decision decision = guard.admit(message, most, wanted, settling.session());
    MessageOutcome without = withoutRunning(message, decision);
    if (without != null) {
      if (without.isDone() && guard.options().acknowledgement() == Acknowledgement.INDIVIDUAL) {
        acknowledge(message);
      }
      return without;
    }
    run(
        message,
        decision,
        (unchanged, context) -> {
          CurrentMessage.enter(context);
          try {
            listener.call();
          } finally {
            CurrentMessage.leave();
          }
        });
    return new MessageOutcome.Processed(decision instanceof Process);
  }

  /** What becomes of a message that does not run; null where it does. */
  private @Nullable MessageOutcome withoutRunning(Message message, Decision decision) {
    if (decision instanceof Refuse refuse) {
      return new MessageOutcome.Refused(refuse.cause());
    }
    if (decision instanceof Hold hold) {
      return new MessageOutcome.Held(hold.reason(), hold.retryAfter());
    }
    if (decision instanceof Skip skip) {
      answerRequest(message, skip);
      return new MessageOutcome.Skipped(skip.reason());
    }
    return null;
  }

  private <E extends Exception> void run(Message message, Decision decision, MessageWork<E> work)
      throws E {
    settling.begins(decision);
    boolean done = false;
    try {
      work.run(message, ClaimContext.of(decision));
      done = true;
    } finally {
      guard.returned(decision);
      settling.ended(decision, done ? Outcome.SUCCEEDED : Outcome.FAILED);
    }
  }

  private void answerRequest(Message message, Skip skip) {
    DuplicateRequestHandler handler = guard.options().duplicateRequests();
    if (handler != null && guard.delivery(message).isRequest()) {
      try {
        handler.answer(message, skip);
      } catch (JMSException e) {
        throw failed("a duplicate request was not answered", e);
      }
    }
  }

  private static void acknowledge(Message message) {
    try {
      message.acknowledge();
    } catch (JMSException e) {
      throw failed("a duplicate was not acknowledged", e);
    }
  }

  private static JMSRuntimeException failed(String what, JMSException e) {
    return new JMSRuntimeException(what + ": " + e.getMessage(), e.getErrorCode(), e);
  }
}
