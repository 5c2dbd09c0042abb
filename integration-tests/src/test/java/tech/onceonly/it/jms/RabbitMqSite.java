package tech.onceonly.it.jms;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.jms.admin.RMQConnectionFactory;
import com.rabbitmq.jms.admin.RMQDestination;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.XAConnectionFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;

/**
 * RabbitMQ, with quorum queues: these alone count attempts. Each has a queue for its dead letters.
 */
final class RabbitMqSite implements JmsSite {

  private static final String DEAD_LETTERS = "DLQ.";
  private static final String KEY = "Idempotency_Key";

  private final RMQConnectionFactory factory;
  private final Map<String, RMQDestination> queues = new ConcurrentHashMap<>();

  RabbitMqSite(RMQConnectionFactory factory) {
    this.factory = factory;
  }

  @Override
  public RMQConnectionFactory connectionFactory() {
    return factory;
  }

  @Override
  public XAConnectionFactory xaConnectionFactory() {
    throw new UnsupportedOperationException("RabbitMQ's client has no XA");
  }

  @Override
  public int individualAcknowledge() {
    return 4;
  }

  @Override
  public Queue queue(Session session, String name) {
    return queue(name);
  }

  /**
   * In a transaction: what is sent without one, the broker does not confirm, and it may be lost.
   */
  @Override
  public void send(String queue, List<String> payments) {
    try (JMSContext context = factory.createContext(JMSContext.SESSION_TRANSACTED)) {
      for (String payment : payments) {
        context.createProducer().setProperty(KEY, payment).send(queue(queue), payment);
      }
      context.commit();
    }
  }

  /** Without what is delivered and not acknowledged, which AMQP does not tell. */
  @Override
  public long depth(String queue) {
    ConnectionFactory amqp = new ConnectionFactory();
    amqp.setHost(factory.getHost());
    amqp.setPort(factory.getPort());
    try (Connection connection = amqp.newConnection();
        Channel channel = connection.createChannel()) {
      return channel.messageCount(queue);
    } catch (IOException | TimeoutException e) {
      throw new IllegalStateException("Cannot count " + queue, e);
    }
  }

  @Override
  public boolean countsWhatIsInHand() {
    return false;
  }

  /** Received, and handed back at the close; a quorum queue would count that as an attempt. */
  @Override
  public List<String> dead(String queue) {
    List<String> texts = new ArrayList<>();
    try (JMSContext context = factory.createContext(JMSContext.SESSION_TRANSACTED);
        JMSConsumer consumer = context.createConsumer(deadLetters(queue))) {
      for (Message each = consumer.receiveNoWait(); each != null; each = consumer.receiveNoWait()) {
        texts.add(each.getBody(String.class));
      }
    } catch (JMSException e) {
      throw new IllegalStateException("Cannot read the dead letters of " + queue, e);
    }
    return texts;
  }

  private RMQDestination queue(String name) {
    return queues.computeIfAbsent(
        name,
        unused -> {
          try (JMSContext context = factory.createContext()) {
            context.createConsumer(deadLetters(name)).close();
          }
          return new RMQDestination(
              name,
              true,
              false,
              Map.of(
                  "x-queue-type",
                  "quorum",
                  "x-delivery-limit",
                  JmsCellRun.ATTEMPTS - 1,
                  "x-dead-letter-exchange",
                  "",
                  "x-dead-letter-routing-key",
                  DEAD_LETTERS + name));
        });
  }

  private static RMQDestination deadLetters(String name) {
    return new RMQDestination(DEAD_LETTERS + name, true, false);
  }
}
