package tech.onceonly.it.jms;

import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.XAConnectionFactory;
import java.util.List;
import tech.onceonly.testing.JmsBrokerKind;
import tech.onceonly.testing.JmsQueues;

/** A running broker, as those who consume from it and those who count in it need it. */
interface JmsSite {

  /** One of the brokers that Java starts. */
  static JmsSite of(JmsBrokerKind kind, String url) {
    return new InJava(kind, url, new JmsQueues(kind, url));
  }

  ConnectionFactory connectionFactory();

  XAConnectionFactory xaConnectionFactory();

  /** The vendor's number for sessions that acknowledge one message each. */
  int individualAcknowledge();

  Queue queue(Session session, String name) throws JMSException;

  /** As {@link JmsQueues#send}. */
  void send(String queue, List<String> payments);

  long depth(String queue);

  /** Whether a queue's depth has in it what is delivered and not acknowledged. */
  boolean countsWhatIsInHand();

  /** As {@link JmsQueues#dead}. */
  List<String> dead(String queue);

  /** Artemis and ActiveMQ Classic. */
  record InJava(JmsBrokerKind kind, String url, JmsQueues queues) implements JmsSite {

    @Override
    public ConnectionFactory connectionFactory() {
      return kind.connectionFactory(url);
    }

    @Override
    public XAConnectionFactory xaConnectionFactory() {
      return kind.xaConnectionFactory(url);
    }

    @Override
    public int individualAcknowledge() {
      return kind == JmsBrokerKind.ARTEMIS ? 101 : 4;
    }

    @Override
    public Queue queue(Session session, String name) throws JMSException {
      return session.createQueue(name);
    }

    @Override
    public void send(String queue, List<String> payments) {
      queues.send(queue, payments);
    }

    @Override
    public long depth(String queue) {
      return queues.depth(queue);
    }

    @Override
    public boolean countsWhatIsInHand() {
      return true;
    }

    @Override
    public List<String> dead(String queue) {
      return queues.dead(queue);
    }
  }
}
