package tech.onceonly.jms;

import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tech.onceonly.Decision;
import tech.onceonly.Outcome;

/**
 * The claims of one transacted session. They are settled when the application says how the
 * session's transaction ended: a claim that was completed before a commit that then fails would
 * make the redelivery a duplicate, and lose it.
 *
 * <pre>{@code
 * JmsTransaction transaction = onceOnly.transaction();
 * MessageListener listener = transaction.decorate(message -> charge(message));
 * consumer.setMessageListener(message -> {
 *   try {
 *     listener.onMessage(message);
 *     session.commit();
 *     transaction.committed();
 *   } catch (JMSException | RuntimeException e) {
 *     transaction.rolledBack(); // before the broker hands the message to another process
 *     session.rollback();
 *   }
 * });
 * }</pre>
 *
 * <p>A provider does not roll back because a listener throws: that is the application's to do. A
 * skipped message is a part of the transaction like any other. A duplicate of a message that this
 * process has handled and not yet committed is skipped: the first is committed, or comes again.
 * What is, or without a message id may be, the same message waits in another session until this one
 * has ended: the broker may have taken it from here. So say how each ended, also of a session that
 * is given up.
 *
 * <p>An effect outside of the session is not undone by a rollback, and happens again when its
 * message comes again.
 *
 * <p>Like the session, an instance is for one thread at a time.
 */
public final class JmsTransaction implements AutoCloseable {

  private final JmsGuard guard;
  private final MessageRun run;

  /** What has run, or runs, since the last end. */
  private final Set<Decision> open = new LinkedHashSet<>();

  JmsTransaction(JmsGuard guard) {
    this.guard = guard;
    run = new MessageRun(guard, new AtTheEnd());
  }

  /** As {@link OnceOnlyJms#decorate}, for this session. */
  public MessageListener decorate(MessageListener listener) {
    return GuardedListener.around(listener, run);
  }

  /**
   * As {@link OnceOnlyJms#handle}, for this session. Where the outcome is not done, or this throws,
   * roll back.
   */
  public <E extends Exception> MessageOutcome handle(Message message, MessageWork<E> work)
      throws E {
    return run.handle(message, work);
  }

  /**
   * {@code session.commit()} has returned: what ran is finished. Waits, at most {@link
   * JmsOptions#claimBudget()}, until the service has heard of it.
   */
  public void committed() {
    end(Outcome.SUCCEEDED);
  }

  /**
   * The session is about to be rolled back, or was, or was recovered by its provider or closed, or
   * {@code session.commit()} threw, after which nobody can say whether it was: what ran is given
   * back, where the service takes it, and its redelivery runs. Waits, at most {@link
   * JmsOptions#claimBudget()}, until the service has heard of it.
   *
   * <p>Call it before {@code session.rollback()}: in check-lock mode another process, to which the
   * broker hands the message meanwhile, takes it for a duplicate. What has thrown was given back
   * when it did.
   */
  public void rolledBack() {
    end(Outcome.FAILED);
  }

  /** The session is closed: as {@link #rolledBack}. */
  @Override
  public void close() {
    rolledBack();
  }

  private void end(Outcome outcome) {
    List<Decision> ended = List.copyOf(open);
    open.clear();
    guard.settleAll(ended, outcome);
  }

  private final class AtTheEnd implements MessageRun.Settling {

    /** Before it runs, since the work itself may commit. */
    @Override
    public void begins(Decision decision) {
      open.add(decision);
    }

    @Override
    public void ended(Decision decision, Outcome outcome) {
      if (outcome == Outcome.FAILED && open.remove(decision)) {
        guard.settle(decision, Outcome.FAILED);
      }
    }

    @Override
    public Object session() {
      return JmsTransaction.this;
    }
  }
}
