package tech.onceonly.it.jms;

import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageListener;
import jakarta.jms.Session;
import java.util.Map;
import tech.onceonly.jms.Acknowledgement;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.jms.JmsTransaction;
import tech.onceonly.jms.OnceOnlyJms;

/** A loop that receives, and acknowledges or commits what is done with. */
final class ReceiveLoop implements JmsConsumerRun {

  private static final long RECEIVE_MILLIS = 100;

  private final Connection connection;
  private final Session session;
  private final MessageConsumer consumer;
  private final Acknowledgement by;
  private final OnceOnlyJms onceOnly;
  private final MessageListener work;
  private final Thread thread = new Thread(this::run, "receive-loop");
  private volatile boolean running = true;
  private volatile Throwable fault;

  ReceiveLoop(
      JmsHook hook, JmsSite site, String queue, JmsOptions.Builder options, MessageListener work)
      throws JMSException {
    this.work = work;
    connection = site.connectionFactory().createConnection();
    session = connection.createSession(hook.sessionMode(site.individualAcknowledge()));
    consumer = session.createConsumer(site.queue(session, queue));
    by = Acknowledgement.of(session.getAcknowledgeMode());
    onceOnly = OnceOnlyJms.open(options.queue(queue).acknowledgement(by).build());
  }

  @Override
  public void start() throws JMSException {
    connection.start();
    thread.start();
  }

  @Override
  public boolean isRunning() {
    if (fault != null) {
      throw new AssertionError("the receive loop has ended", fault);
    }
    return true;
  }

  @Override
  public Map<String, RuntimeException> refusals() {
    RuntimeException refusal = onceOnly.guard().refusal();
    return refusal == null ? Map.of() : Map.of("loop", refusal);
  }

  @Override
  public void close() throws JMSException {
    running = false;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    connection.close();
    onceOnly.close();
  }

  private void run() {
    try {
      if (by == Acknowledgement.TRANSACTED) {
        committing();
      } else {
        acknowledging();
      }
    } catch (Throwable e) {
      fault = e;
    }
  }

  private void acknowledging() throws JMSException {
    while (running) {
      Message message = consumer.receive(RECEIVE_MILLIS);
      if (message == null) {
        continue;
      }
      boolean done = false;
      try {
        done = onceOnly.handle(message, (each, claim) -> work.onMessage(each)).isDone();
      } catch (IllegalStateException e) {
        // The listener's failure: the session brings the message again.
      }
      if (by == Acknowledgement.AUTO) {
        continue;
      }
      if (done) {
        message.acknowledge();
      } else {
        session.recover();
      }
    }
  }

  private void committing() throws JMSException {
    JmsTransaction transaction = onceOnly.transaction();
    while (running) {
      Message message = consumer.receive(RECEIVE_MILLIS);
      if (message == null) {
        continue;
      }
      boolean done = false;
      try {
        done = transaction.handle(message, (each, claim) -> work.onMessage(each)).isDone();
      } catch (IllegalStateException e) {
        // The listener's failure.
      }
      if (done) {
        session.commit();
        transaction.committed();
      } else {
        transaction.rolledBack();
        session.rollback();
      }
    }
  }
}
