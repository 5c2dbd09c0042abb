package tech.onceonly.jms.spring;

import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import jakarta.jms.Session;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.jms.listener.AbstractMessageListenerContainer;
import org.springframework.jms.listener.SessionAwareMessageListener;
import org.springframework.jms.listener.SubscriptionNameProvider;
import tech.onceonly.jms.MessageOutcome;
import tech.onceonly.jms.MessageRun;

/**
 * A container's listener that runs once. A message that has to wait does so here, on its thread,
 * where no attempt of the broker's is used up; it is handed back when the container stops, or when
 * its transaction must not last longer.
 */
final class GuardedJmsListener
    implements SessionAwareMessageListener<Message>, MessageListener, SubscriptionNameProvider {

  /** Stops the container from another thread: one that stops it here would wait for itself. */
  @FunctionalInterface
  interface Stopper {
    void stop(RuntimeException cause);
  }

  private final Object delegate;
  private final MessageRun run;
  private final AbstractMessageListenerContainer container;
  private final @Nullable Duration most;
  private final Stopper stopper;

  /**
   * Makes it.
   *
   * @param most how long a message may wait; null for as long as it takes
   */
  GuardedJmsListener(
      Object delegate,
      MessageRun run,
      AbstractMessageListenerContainer container,
      @Nullable Duration most,
      Stopper stopper) {
    this.delegate = delegate;
    this.run = run;
    this.container = container;
    this.most = most;
    this.stopper = stopper;
  }

  @Override
  public void onMessage(Message message, @Nullable Session session) throws JMSException {
    MessageOutcome outcome;
    try {
      outcome = run.listen(message, most, container::isRunning, () -> call(message, session));
    } catch (JMSException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("a listener threw what it does not declare", e);
    }
    if (outcome instanceof MessageOutcome.Held held) {
      throw new HeldException("a message was held and handed back: " + held.reason(), null);
    }
    if (outcome instanceof MessageOutcome.Refused refused) {
      if (container.isRunning()) {
        stopper.stop(refused.cause());
      }
      throw new HeldException(
          "the claim service refuses, and a message was handed back: "
              + refused.cause().getMessage(),
          refused.cause());
    }
  }

  /** For containers that know no session; Spring's ask for the other first. */
  @Override
  public void onMessage(Message message) {
    try {
      onMessage(message, null);
    } catch (JMSException e) {
      throw new HeldException("a message was handed back: " + e.getMessage(), null);
    }
  }

  /** As the container would name the subscription after the listener itself. */
  @Override
  public String getSubscriptionName() {
    return delegate instanceof SubscriptionNameProvider provider
        ? provider.getSubscriptionName()
        : delegate.getClass().getName();
  }

  @SuppressWarnings("unchecked") // the container hands over what it has received
  private @Nullable Object call(Message message, @Nullable Session session) throws JMSException {
    if (session != null && delegate instanceof SessionAwareMessageListener<?> aware) {
      ((SessionAwareMessageListener<Message>) aware).onMessage(message, session);
    } else {
      ((MessageListener) delegate).onMessage(message);
    }
    return null;
  }
}
