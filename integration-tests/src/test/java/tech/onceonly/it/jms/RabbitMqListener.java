package tech.onceonly.it.jms;

import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.MessageListener;
import jakarta.jms.Session;
import java.util.concurrent.atomic.AtomicInteger;
import tech.onceonly.jms.OnceOnlyJms;

/** A plain listener of an AUTO session, which counts what its client does with it. */
final class RabbitMqListener implements AutoCloseable {

  final AtomicInteger deliveries = new AtomicInteger();
  final AtomicInteger interrupted = new AtomicInteger();
  final OnceOnlyJms onceOnly;
  private final Connection connection;

  /** Closes that guard with itself. */
  RabbitMqListener(RabbitMqSite site, String queue, OnceOnlyJms onceOnly, MessageListener work)
      throws JMSException {
    this.onceOnly = onceOnly;
    connection = site.connectionFactory().createConnection();
    Session session = connection.createSession(Session.AUTO_ACKNOWLEDGE);
    MessageListener guarded = onceOnly.decorate(work);
    session
        .createConsumer(site.queue(session, queue))
        .setMessageListener(
            message -> {
              deliveries.incrementAndGet();
              try {
                guarded.onMessage(message);
              } finally {
                if (Thread.currentThread().isInterrupted()) {
                  interrupted.incrementAndGet();
                }
              }
            });
    connection.start();
  }

  @Override
  public void close() throws JMSException {
    connection.close();
    onceOnly.close();
  }
}
