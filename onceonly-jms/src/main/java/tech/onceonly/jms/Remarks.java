package tech.onceonly.jms;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.Decision;
import tech.onceonly.Decision.ProcessUnprotected;
import tech.onceonly.Decision.UnprotectedReason;

/** What the messages show of the options, told once each. Thread-safe. */
final class Remarks {

  private static final Logger LOG = LoggerFactory.getLogger(Remarks.class);

  private final JmsOptions options;
  private final AtomicBoolean toldOfRequests = new AtomicBoolean();
  private final AtomicBoolean toldOfTopics = new AtomicBoolean();

  Remarks(JmsOptions options) {
    this.options = options;
  }

  void seen(JmsDelivery delivery, Decision decision) {
    tellOfRequests(delivery, decision);
    tellOfTopics(delivery);
  }

  private void tellOfRequests(JmsDelivery delivery, Decision decision) {
    if (decision instanceof ProcessUnprotected unprotected
        && unprotected.reason() == UnprotectedReason.BYPASSED
        && options.enabled()
        && delivery.isRequest()
        && toldOfRequests.compareAndSet(false, true)) {
      LOG.warn(
          "{}: messages with a JMSReplyTo run without a claim, since a skipped request would get no"
              + " reply; set duplicateRequests to have them claimed",
          options.destination());
    }
  }

  /** Another subscription's message has the same key, where the key has no subscription in it. */
  private void tellOfTopics(JmsDelivery delivery) {
    if (options.namesPlainQueue()
        && !toldOfTopics.get()
        && delivery.isOfTopic()
        && toldOfTopics.compareAndSet(false, true)) {
      LOG.warn(
          "{}: the options name a queue, and its messages were sent to a topic. What another of the"
              + " topic's subscriptions gets under the scope {} would be taken for duplicates, and"
              + " skipped: name the topic and the subscription with topic(...)",
          options.destination(),
          options.scope());
    }
  }
}
