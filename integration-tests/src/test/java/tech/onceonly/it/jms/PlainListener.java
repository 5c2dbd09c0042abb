package tech.onceonly.it.jms;

import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import jakarta.jms.Session;
import java.util.Map;
import tech.onceonly.jms.Acknowledgement;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.jms.JmsTransaction;
import tech.onceonly.jms.OnceOnlyJms;

/** A listener of a session, which acknowledges as its session's mode wants it. */
final class PlainListener implements JmsConsumerRun {

  private final Connection connection;
  private final Session session;
  private final OnceOnlyJms onceOnly;

  PlainListener(
      JmsHook hook, JmsSite site, String queue, JmsOptions.Builder options, MessageListener work)
      throws JMSException {
    connection = site.connectionFactory().createConnection();
    int mode = hook.sessionMode(site.individualAcknowledge());
    session = connection.createSession(mode);
    // What was asked for: RabbitMQ's individual session says that it is a CLIENT one.
    Acknowledgement by = Acknowledgement.of(mode);
    onceOnly = OnceOnlyJms.open(options.queue(queue).acknowledgement(by).build());
    session
        .createConsumer(site.queue(session, queue))
        .setMessageListener(
            switch (by) {
              case AUTO, DUPS_OK -> onceOnly.decorate(work);
              case CLIENT, INDIVIDUAL -> acknowledging(work);
              case TRANSACTED -> committing(work);
            });
  }

  @Override
  public void start() throws JMSException {
    connection.start();
  }

  @Override
  public boolean isRunning() {
    return true;
  }

  @Override
  public Map<String, RuntimeException> refusals() {
    RuntimeException refusal = onceOnly.guard().refusal();
    return refusal == null ? Map.of() : Map.of("listener", refusal);
  }

  @Override
  public void close() throws JMSException {
    connection.close();
    onceOnly.close();
  }

  private MessageListener acknowledging(MessageListener work) {
    MessageListener guarded =
        onceOnly.decorate(
            message -> {
              work.onMessage(message);
              acknowledge(message);
            });
    return message -> {
      try {
        guarded.onMessage(message);
      } catch (RuntimeException e) {
        recover();
      }
    };
  }

  private MessageListener committing(MessageListener work) {
    JmsTransaction transaction = onceOnly.transaction();
    MessageListener guarded = transaction.decorate(work);
    return message -> {
      try {
        guarded.onMessage(message);
        session.commit();
        transaction.committed();
      } catch (JMSException | RuntimeException e) {
        transaction.rolledBack();
        rollBack();
      }
    };
  }

  private static void acknowledge(Message message) {
    try {
      message.acknowledge();
    } catch (JMSException e) {
      throw new JMSRuntimeException("not acknowledged", e.getErrorCode(), e);
    }
  }

  private void recover() {
    try {
      session.recover();
    } catch (JMSException e) {
      throw new JMSRuntimeException("not recovered", e.getErrorCode(), e);
    }
  }

  private void rollBack() {
    try {
      session.rollback();
    } catch (JMSException e) {
      throw new JMSRuntimeException("not rolled back", e.getErrorCode(), e);
    }
  }
}
