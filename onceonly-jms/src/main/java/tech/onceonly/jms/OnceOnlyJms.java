package tech.onceonly.jms;

import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import tech.onceonly.Decision;
import tech.onceonly.Outcome;

/**
 * Runs a listener, or the work of a receive loop, once for each effect: messages that come again,
 * and duplicates, are skipped.
 *
 * <p>What is promised: in check-lock mode a killed process loses the message in hand at most; in
 * lease mode none, and doubles the one in hand at most. A connection that is lost while a listener
 * works counts as a kill. A listener that throws gives its claim back, where the service takes it,
 * and its redelivery here runs; where the service does not, check-lock loses what is redelivered to
 * another process. Messages are read, and never changed.
 *
 * <p>What is not: nothing is acknowledged or committed for the application, with two exceptions,
 * {@link Acknowledgement#INDIVIDUAL} and {@link #batchReceiver}; and nothing can be promised for a
 * message that the session acknowledged before anybody saw it, as {@code receive()} does in {@code
 * AUTO} sessions.
 *
 * <p>A message that has to wait (429, a lease in progress elsewhere, an outage where fail-open is
 * off) or that the service refuses (401, 402, 403, 422) stands still on its thread and is asked for
 * again, with growing pauses: throwing would use up the broker's delivery attempts, and drain the
 * queue into a dead-letter address or into nothing. {@link #handle} says so by its outcome after
 * {@link JmsOptions#maxWait()}, where the application can keep the message.
 *
 * <pre>{@code
 * OnceOnlyJms onceOnly = OnceOnlyJms.open(options);
 * consumer.setMessageListener(onceOnly.decorate(message -> charge(message)));
 * }</pre>
 *
 * <p>Thread-safe. Close it after the consumers; if one stands still, which may hold up the closing
 * of its connection, before.
 */
public final class OnceOnlyJms implements AutoCloseable {

  private final JmsGuard guard;
  private final MessageRun run;

  private OnceOnlyJms(JmsGuard guard) {
    this.guard = guard;
    run = new MessageRun(guard, new AtOnce(guard));
  }

  /**
   * Opens it; one for each destination, for all its consumers in this process.
   *
   * @throws RefusedException if the API refuses the key at the start
   */
  public static OnceOnlyJms open(JmsOptions options) {
    return new OnceOnlyJms(JmsGuard.open(options));
  }

  /**
   * A listener that hands over only what is to be processed. A skipped message is passed over:
   * {@code AUTO} and {@code DUPS_OK} sessions acknowledge it as this returns, in {@code CLIENT}
   * sessions it is acknowledged with the next that the application acknowledges, in {@code
   * INDIVIDUAL} ones this acknowledges it.
   *
   * <p>It has all public interfaces of the given listener. What that throws comes out untouched.
   * Decorating twice is a no-op.
   *
   * @throws IllegalStateException for transacted sessions: see {@link #transaction}
   */
  public MessageListener decorate(MessageListener listener) {
    refuseTransactions();
    return GuardedListener.around(listener, run);
  }

  /**
   * Runs the work for this message, where it is to be processed, on this thread. Nothing is
   * acknowledged: do so, or commit, where the outcome {@link MessageOutcome#isDone() is done}.
   *
   * <p>In {@code AUTO} and {@code DUPS_OK} sessions a message that has to wait, or is refused,
   * waits here for as long as it takes: it is acknowledged already, and would be lost.
   *
   * @throws E what the work throws, untouched: its claim is given back where the service allows it
   * @throws UndecidedException if the thread is interrupted while the message waits, or this is
   *     closed: it is not handled, and must not be acknowledged
   * @throws IllegalStateException for transacted sessions (see {@link #transaction}), and on a
   *     Vert.x event loop
   */
  public <E extends Exception> MessageOutcome handle(Message message, MessageWork<E> work)
      throws E {
    refuseTransactions();
    return run.handle(message, work);
  }

  /**
   * For a transacted session, one for each: its claims are settled when the session's transaction
   * ends.
   *
   * @throws IllegalStateException if the options do not say {@link Acknowledgement#TRANSACTED}
   */
  public JmsTransaction transaction() {
    requireTransacted("a transacted session");
    return new JmsTransaction(guard);
  }

  /**
   * Messages by the batch, in a transacted session of the receiver's own: see {@link
   * BatchReceiver}. One for each thread; close it before this.
   *
   * @param connection the application's to start and to close
   * @throws IllegalStateException if the options do not say {@link Acknowledgement#TRANSACTED}
   */
  public BatchReceiver batchReceiver(
      Connection connection, BatchReceiver.Consumers consumers, BatchLimits limits)
      throws JMSException {
    requireTransacted("a batch receiver's session");
    return new BatchReceiver(guard, connection, consumers, limits);
  }

  /** What this stands on, for hooks of one's own. Closed with this. */
  public JmsGuard guard() {
    return guard;
  }

  /** As {@link JmsGuard#close}. */
  @Override
  public void close() {
    guard.close();
  }

  private void requireTransacted(String what) {
    if (guard.options().acknowledgement() != Acknowledgement.TRANSACTED) {
      throw new IllegalStateException(
          "the options say acknowledgement "
              + guard.options().acknowledgement()
              + ": set it to TRANSACTED for "
              + what);
    }
  }

  private void refuseTransactions() {
    if (guard.options().acknowledgement() == Acknowledgement.TRANSACTED) {
      throw new IllegalStateException(
          "a transacted session's claims are settled when its transaction ends: use transaction(),"
              + " one for each session");
    }
  }

  /** Settled as soon as the outcome is known. */
  private record AtOnce(JmsGuard guard) implements MessageRun.Settling {

    @Override
    public void begins(Decision decision) {}

    @Override
    public void ended(Decision decision, Outcome outcome) {
      guard.settle(decision, outcome);
    }
  }
}
