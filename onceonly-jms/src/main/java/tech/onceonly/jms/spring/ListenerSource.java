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
 * @param subscription of a topic; null for a queue
 */
record ListenerSource(String name, @Nullable String subscription) {

  private static final String UNNAMED = "has a destination without a name: set its destinationName";

  /**
   * That of this container.
   *
   * @param given what its subscription is called, in place of the name of its own, if it has one;
   *     null for nothing
   * @throws UnprotectableListenerException if either name is missing
   */
  static ListenerSource of(
      AbstractMessageListenerContainer container, String id, @Nullable String given) {
    String name = nameOf(container, id);
    if (!container.isPubSubDomain()) {
      return new ListenerSource(name, null);
    }
    String subscription = given == null ? subscriptionOf(container) : given;
    if (subscription == null) {
      throw new UnprotectableListenerException(
          id,
          "reads topic "
              + name
              + " by a subscription without a name: each process gets a copy of every message, and"
              + " would take the others' for duplicates. Name whose copies are one effect by the"
              + " setting subscription of this listener");
    }
    return new ListenerSource(name, subscription);
  }

  /** Names the destination in these options. */
  void applyTo(JmsOptions.Builder options) {
    if (subscription != null) {
      options.topic(name, subscription);
    } else {
      options.queue(name);
    }
  }

  /** Who it is at the broker: of one name, two clients have two. Null where it has no name. */
  private static @Nullable String subscriptionOf(AbstractMessageListenerContainer container) {
    if (!container.isSubscriptionDurable() && !container.isSubscriptionShared()) {
      return null;
    }
    String client = container.getClientId();
    String name = container.getSubscriptionName();
    return client == null || name == null ? name : client + "/" + name;
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
      throw new UnprotectableListenerException(id, UNNAMED, e);
    }
    throw new UnprotectableListenerException(id, UNNAMED);
  }
}
