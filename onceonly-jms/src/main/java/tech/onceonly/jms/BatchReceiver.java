package tech.onceonly.jms;

import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tech.onceonly.Decision;
import tech.onceonly.Outcome;

/**
 * Receives what is there, claims it together, runs it in order, and commits once: for queues on
 * which a claim's and a commit's round trip for each message is too slow.
 *
 * <p>What is promised is what {@link OnceOnlyJms} promises. In lease mode the messages of a batch
 * are claimed together. In check-lock mode each is claimed at its turn, since a killed process
 * loses what it has claimed: there only the commit is shared. A claim is completed when the work
 * has returned, before the commit. What fails, or was not begun, is given back before the rollback,
 * and comes again; what had run is skipped then.
 *
 * <p>What is not:
 *
 * <ul>
 *   <li>The work must not take part in the session: what it sent there would be undone by a
 *       rollback that it does not run again after. That is why the session is this receiver's own.
 *   <li>Where one message fails, all of its batch use up one of the broker's delivery attempts. So
 *       that one that always fails does not use up those of others, a message that the broker marks
 *       as redelivered is the last of its batch, or, where it comes first, alone.
 *   <li>A message that has to wait, or is refused, stands still here, and those behind it, for as
 *       long as it takes. Where it waits for another that is at work on its key, the leases of
 *       those behind it are given back after a second, and asked for again when it has run: that
 *       other may wait for one of them.
 *   <li>After a kill in lease mode the batch's messages wait elsewhere until their leases run out.
 *   <li>What is received is not another consumer's: with few messages and many consumers, a small
 *       {@link BatchLimits#maxMessages} shares them better.
 * </ul>
 *
 * <p>For one thread at a time: several receivers on one connection work side by side.
 */
public final class BatchReceiver implements AutoCloseable {

  /** Makes the consumer of the receiver's session: of a queue, or of a subscription. */
  @FunctionalInterface
  public interface Consumers {
    MessageConsumer of(Session session) throws JMSException;
  }

  private final JmsGuard guard;
  private final BatchLimits limits;
  private final MessageRun run;
  private final Session session;
  private final MessageConsumer consumer;

  BatchReceiver(JmsGuard guard, Connection connection, Consumers consumers, BatchLimits limits)
      throws JMSException {
    this.guard = guard;
    this.limits = limits;
    run = new MessageRun(guard, new WhenItHasRun());
    session = connection.createSession(Session.SESSION_TRANSACTED);
    try {
      consumer = consumers.of(session);
    } catch (JMSException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /**
   * Waits for a message, takes those that have come with it, runs the work for each that is to be
   * processed, and commits.
   *
   * @param timeout how long to wait for the first; at least a millisecond
   * @return how many were received, skipped ones too; 0 where none came
   * @throws E what the work throws, untouched, after the rollback
   * @throws JMSException the session's failure. Where the commit's outcome is not known, what ran
   *     is completed, and is skipped if it comes again. Close this where the connection is lost
   * @throws UndecidedException if the thread is interrupted while a message waits, or the guard is
   *     closed; after the rollback
   */
  public <E extends Exception> int receive(Duration timeout, MessageWork<E> work)
      throws E, JMSException {
    try {
      List<Message> messages = drain(timeout);
      if (!messages.isEmpty()) {
        runAll(messages, work);
        session.commit();
      }
      return messages.size();
    } catch (Throwable e) {
      rollBack(e);
      throw e;
    }
  }

  /** Closes the session: what is not committed comes again. */
  @Override
  public void close() throws JMSException {
    session.close();
  }

  private void rollBack(Throwable cause) {
    try {
      session.rollback();
    } catch (JMSException | RuntimeException e) {
      cause.addSuppressed(e); // the broker rolls back what is left of a lost connection
    }
  }

  private List<Message> drain(Duration timeout) throws JMSException {
    List<Message> messages = new ArrayList<>();
    Message next = consumer.receive(Math.max(1, timeout.toMillis()));
    while (next != null) {
      messages.add(next);
      boolean isLast = messages.size() == limits.maxMessages() || next.getJMSRedelivered();
      next = isLast ? null : consumer.receiveNoWait();
    }
    return messages;
  }

  private <E extends Exception> void runAll(List<Message> messages, MessageWork<E> work) throws E {
    BatchClaims claims = new BatchClaims(guard, messages, this);
    boolean done = false;
    try {
      for (Message message : messages) {
        var unused = run.follow(message, claims.next(), work);
      }
      done = true;
    } finally {
      claims.giveBack();
      guard.awaitSettled(!done);
    }
  }

  private final class WhenItHasRun implements MessageRun.Settling {

    @Override
    public void begins(Decision decision) {}

    @Override
    public void ended(Decision decision, Outcome outcome) {
      guard.settle(decision, outcome, limits.maxCompletionsInFlight() - 1);
    }

    @Override
    public Object session() {
      return BatchReceiver.this;
    }
  }
}
