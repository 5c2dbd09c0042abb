package tech.onceonly.jms.spring;

import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Queue;
import jakarta.jms.Topic;
import org.jspecify.annotations.Nullable;
import org.springframework.jms.listener.AbstractMessageListenerContainer;
import tech.onceonly.jms.JmsOptions;

/**
 * Where a container's messages come from, as its configuration says: a message's own destination
 * may be another, as a dead letter's is.
 *
 * @param name the queue's or topic's
 * @param subscription of a topic, where it is durable or shared; else null
 */
record ListenerSource(String name, boolean topic, @Nullable String subscription) {

  static ListenerSource of(AbstractMessageListenerContainer container, String id) {
    boolean named = container.isSubscriptionDurable() || container.isSubscriptionShared();
    return new ListenerSource(
        nameOf(container, id),
        container.isPubSubDomain(),
        named ? container.getSubscriptionName() : null);
  }

  /** Names the destination in these options, where it can be named. */
  void applyTo(JmsOptions.Builder options) {
    if (!topic) {
      options.queue(name);
    } else if (subscription != null) {
      options.topic(name, subscription);
    }
  }

  /** A subscription without a name: nobody knows whose copy a message is. */
  boolean isAnonymous() {
    return topic && subscription == null;
  }

  private static String nameOf(AbstractMessageListenerContainer container, String id) {
    String configured = container.getDestinationName();
    if (configured != null) {
      return configured;
    }
    Destination destination = container.getDestination();
    try {
      String name =
          destination instanceof Queue queue
              ? queue.getQueueName()
              : destination instanceof Topic topic ? topic.getTopicName() : null;
      if (name != null) {
        return name;
      }
    } catch (JMSException e) {
      throw new IllegalStateException(unnamed(id), e);
    }
    throw new IllegalStateException(unnamed(id));
  }

  private static String unnamed(String id) {
    return "listener " + id + " has a destination without a name: set its destinationName";
  }
}
