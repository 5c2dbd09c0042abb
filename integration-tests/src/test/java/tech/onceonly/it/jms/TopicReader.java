package tech.onceonly.it.jms;

import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageListener;
import jakarta.jms.Session;
import jakarta.jms.Topic;
import org.springframework.jms.config.DefaultJmsListenerContainerFactory;
import org.springframework.jms.config.SimpleJmsListenerEndpoint;
import org.springframework.jms.listener.DefaultMessageListenerContainer;
import tech.onceonly.jms.Acknowledgement;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.jms.OnceOnlyJms;
import tech.onceonly.jms.spring.OnceOnlySpringJms;

/** Reads a topic by a subscription, which is there when this has been opened. */
interface TopicReader extends AutoCloseable {

  /** Who reads. */
  enum Hook {
    LISTENER,
    SPRING
  }

  /**
   * A subscription.
   *
   * @param clientId empty for none
   * @param name what its copies are known by, also where it is neither durable nor shared
   */
  record Subscription(String clientId, String name, boolean durable, boolean shared) {

    static Subscription plain(String name) {
      return new Subscription("", name, false, false);
    }

    static Subscription durable(String clientId, String name) {
      return new Subscription(clientId, name, true, false);
    }

    private MessageConsumer consumer(Session session, Topic topic) throws JMSException {
      if (shared) {
        return durable
            ? session.createSharedDurableConsumer(topic, name)
            : session.createSharedConsumer(topic, name);
      }
      return durable ? session.createDurableConsumer(topic, name) : session.createConsumer(topic);
    }
  }

  static TopicReader open(
      Hook hook,
      ConnectionFactory factory,
      String topic,
      Subscription subscription,
      JmsOptions.Builder options,
      MessageListener work)
      throws JMSException {
    return hook == Hook.LISTENER
        ? listener(factory, topic, subscription, options, work)
        : container(factory, topic, subscription, options, work);
  }

  @Override
  void close() throws JMSException;

  private static TopicReader listener(
      ConnectionFactory factory,
      String topic,
      Subscription subscription,
      JmsOptions.Builder options,
      MessageListener work)
      throws JMSException {
    Connection connection = factory.createConnection();
    if (!subscription.clientId.isEmpty()) {
      connection.setClientID(subscription.clientId);
    }
    Session session = connection.createSession(Session.AUTO_ACKNOWLEDGE);
    OnceOnlyJms onceOnly =
        OnceOnlyJms.open(
            options
                .topic(topic, subscription.clientId + "." + subscription.name)
                .acknowledgement(Acknowledgement.AUTO)
                .build());
    subscription
        .consumer(session, session.createTopic(topic))
        .setMessageListener(onceOnly.decorate(work));
    connection.start();
    return () -> {
      connection.close();
      onceOnly.close();
    };
  }

  private static TopicReader container(
      ConnectionFactory connections,
      String topic,
      Subscription subscription,
      JmsOptions.Builder options,
      MessageListener work) {
    DefaultJmsListenerContainerFactory factory = new DefaultJmsListenerContainerFactory();
    factory.setConnectionFactory(connections);
    factory.setPubSubDomain(true);
    factory.setSessionTransacted(true);
    factory.setReceiveTimeout(100L);
    factory.setSubscriptionDurable(subscription.durable);
    factory.setSubscriptionShared(subscription.shared);
    if (!subscription.clientId.isEmpty()) {
      factory.setClientId(subscription.clientId);
    }
    // A failure is what a test says; without a handler each would fill the log.
    factory.setErrorHandler(failure -> {});
    SimpleJmsListenerEndpoint endpoint = new SimpleJmsListenerEndpoint();
    endpoint.setId("reader");
    endpoint.setDestination(topic);
    if (subscription.durable || subscription.shared) {
      endpoint.setSubscription(subscription.name);
    }
    endpoint.setMessageListener(work);
    DefaultMessageListenerContainer container = factory.createListenerContainer(endpoint);
    OnceOnlySpringJms.Builder builder = OnceOnlySpringJms.builder(() -> options);
    if (!subscription.durable && !subscription.shared) {
      builder.subscription("reader", subscription.name);
    }
    OnceOnlySpringJms onceOnly = builder.build();
    onceOnly.protect(container, "reader");
    container.afterPropertiesSet();
    container.start();
    await().atMost(PATIENCE).until(container::isRegisteredWithDestination);
    return () -> {
      container.destroy();
      onceOnly.close();
    };
  }
}
