package tech.onceonly.kafka;

import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes partitions back to records that were polled and not processed, so that none is lost. */
final class SeekBack {

  private static final Logger LOG = LoggerFactory.getLogger(SeekBack.class);

  private SeekBack() {}

  /** The offset to resume at, with the leader epoch that tells a truncated log. */
  static OffsetAndMetadata offsetOf(ConsumerRecord<?, ?> record) {
    return new OffsetAndMetadata(record.offset(), record.leaderEpoch(), "");
  }

  /**
   * Seeks every partition to its record, whatever becomes of the others.
   *
   * @throws RuntimeException the first failure, after all were tried. A partition that is no longer
   *     assigned is none: its new owner begins at what was committed
   */
  static void to(
      Consumer<?, ?> consumer, Map<TopicPartition, ? extends ConsumerRecord<?, ?>> records) {
    // A seek that waits for the consumer's own thread would fail at once when interrupted.
    boolean interrupted = Thread.interrupted();
    RuntimeException failure = null;
    try {
      for (Map.Entry<TopicPartition, ? extends ConsumerRecord<?, ?>> entry : records.entrySet()) {
        failure = firstOf(failure, seek(consumer, entry.getKey(), offsetOf(entry.getValue())));
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static @Nullable RuntimeException seek(
      Consumer<?, ?> consumer, TopicPartition partition, OffsetAndMetadata offset) {
    try {
      consumer.seek(partition, offset);
      return null;
    } catch (IllegalStateException e) {
      LOG.debug("{} is no longer assigned, so it is not sought back", partition, e);
      return null;
    } catch (RuntimeException e) {
      LOG.error("{} could not be sought back to {}", partition, offset.offset(), e);
      return e;
    }
  }

  private static @Nullable RuntimeException firstOf(
      @Nullable RuntimeException first, @Nullable RuntimeException next) {
    if (first != null && next != null) {
      first.addSuppressed(next);
    }
    return first != null ? first : next;
  }
}
