package tech.onceonly.testing;

import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSProducer;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.QueueBrowser;
import jakarta.jms.TemporaryQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.function.Function;
import org.apache.activemq.artemis.api.jms.management.JMSManagementHelper;
import org.jspecify.annotations.Nullable;

/**
 * Sends to a broker's queues and counts what is in them, by a connection for each call: a broker
 * may have been restarted in between.
 *
 * <p>Safe for use by several threads.
 */
public final class JmsQueues {

  /** Before the name of a queue whose dead letters a queue keeps. */
  static final String DEAD_LETTERS = "DLQ.";

  /** Artemis's, for those of all queues. */
  static final String DEAD_LETTER_ADDRESS = "dead";

  private static final String KEY = "Idempotency_Key";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final JmsBrokerKind kind;
  private final String url;

  /** Those of the broker at this address. */
  public JmsQueues(JmsBrokerKind kind, String url) {
    this.kind = kind;
    this.url = url;
  }

  /** Sends persistent text messages, each with its text as its idempotency key, all or none. */
  public void send(String queue, List<String> payments) {
    send(queue, payments, true);
  }

  /** As {@link #send}, without keys: they are known by their message ids. */
  public void sendBare(String queue, List<String> payments) {
    send(queue, payments, false);
  }

  /** All messages of a queue: those that wait, and those that are delivered to somebody. */
  public long depth(String queue) {
    return call(
        context -> {
          Long depth = depth(context, queue);
          if (depth == null) {
            throw new IllegalStateException("The broker has no queue " + queue);
          }
          return depth;
        });
  }

  /** The texts of the messages that wait in a queue. */
  public List<String> waiting(String queue) {
    return call(context -> browse(context, queue));
  }

  /** The texts of a queue's dead letters, where each queue keeps its own. */
  public List<String> dead(String queue) {
    String dead = DEAD_LETTERS + queue;
    return call(
        context -> {
          if (kind == JmsBrokerKind.CLASSIC) {
            return browse(context, dead);
          }
          // Made with the first dead letter; browsing would make another in its place.
          return depth(context, dead) == null
              ? List.of()
              : browse(context, DEAD_LETTER_ADDRESS + "::" + dead);
        });
  }

  private void send(String queue, List<String> payments, boolean keyed) {
    try (JMSContext context =
        kind.connectionFactory(url).createContext(JMSContext.SESSION_TRANSACTED)) {
      for (String payment : payments) {
        JMSProducer producer = context.createProducer();
        if (keyed) {
          producer.setProperty(KEY, payment);
        }
        producer.send(context.createQueue(queue), payment);
      }
      context.commit();
    }
  }

  /** Null where the broker does not know the queue. */
  private @Nullable Long depth(JMSContext context, String queue) {
    try {
      if (kind == JmsBrokerKind.CLASSIC) {
        Message answer =
            ask(context, "ActiveMQ.Statistics.Destination." + queue, context.createMessage());
        return ((MapMessage) answer).getLong("size");
      }
      Message question = context.createMessage();
      JMSManagementHelper.putAttribute(question, "queue." + queue, "messageCount");
      Message answer = ask(context, "activemq.management", question);
      return JMSManagementHelper.hasOperationSucceeded(answer)
          ? (Long) JMSManagementHelper.getResult(answer, Long.class)
          : null;
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("Cannot count " + queue, e);
    }
  }

  private static List<String> browse(JMSContext context, String queue) {
    List<String> texts = new ArrayList<>();
    try (QueueBrowser browser = context.createBrowser(context.createQueue(queue))) {
      Enumeration<?> messages = browser.getEnumeration();
      while (messages.hasMoreElements()) {
        texts.add(((Message) messages.nextElement()).getBody(String.class));
      }
    } catch (JMSException e) {
      throw new IllegalStateException("Cannot browse " + queue, e);
    }
    return texts;
  }

  private static Message ask(JMSContext context, String where, Message question) {
    TemporaryQueue answers = context.createTemporaryQueue();
    try (JMSConsumer consumer = context.createConsumer(answers)) {
      context.createProducer().setJMSReplyTo(answers).send(context.createQueue(where), question);
      Message answer = consumer.receive(PATIENCE.toMillis());
      if (answer == null) {
        throw new IllegalStateException("No answer from " + where);
      }
      return answer;
    }
  }

  private <T> T call(Function<JMSContext, T> call) {
    try (JMSContext context = kind.connectionFactory(url).createContext()) {
      return call.apply(context);
    }
  }
}
