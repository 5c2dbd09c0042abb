package tech.onceonly.kafka.spring;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/**
 * A poll whose records the container has dropped.
 *
 * <p>To resume a partition wakes the consumer. Where that comes right after a poll, it hits the
 * commits that the container makes up for after a rebalance: it then drops what it has just polled,
 * with the positions past it. So every partition goes back to what is committed; what had its
 * effect and was not committed yet is known by its claim.
 */
final class DroppedPoll {

  private static final int MOST_WAKE_UPS = 10;

  private DroppedPoll() {}

  /** Whether the container may have dropped a poll. */
  static boolean isBehind(Exception thrown) {
    return thrown instanceof WakeupException || thrown.getCause() instanceof WakeupException;
  }

  /**
   * Has the consumer read again what was dropped.
   *
   * @throws IllegalStateException if it can't: the container must stop
   */
  static void readAgain(Consumer<?, ?> consumer) {
    Set<TopicPartition> assigned = consumer.assignment();
    Map<TopicPartition, OffsetAndMetadata> committed = committed(consumer, assigned);
    for (TopicPartition partition : assigned) {
      OffsetAndMetadata there = committed.get(partition);
      if (there != null) {
        consumer.seek(partition, there);
      } else if (!isAtItsBeginning(consumer, partition)) {
        throw new IllegalStateException(
            partition + " has no committed offset to read again from after a poll was dropped");
      }
    }
  }

  /** Nothing was polled of it: most often it is empty. */
  private static boolean isAtItsBeginning(Consumer<?, ?> consumer, TopicPartition partition) {
    Long beginning = consumer.beginningOffsets(Set.of(partition)).get(partition);
    return beginning != null && beginning == consumer.position(partition);
  }

  private static Map<TopicPartition, OffsetAndMetadata> committed(
      Consumer<?, ?> consumer, Set<TopicPartition> partitions) {
    for (int i = 1; ; i++) {
      try {
        return consumer.committed(partitions);
      } catch (WakeupException e) {
        if (i == MOST_WAKE_UPS) {
          throw e;
        }
      }
    }
  }
}
