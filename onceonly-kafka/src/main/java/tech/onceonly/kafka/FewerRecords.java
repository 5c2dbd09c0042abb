package tech.onceonly.kafka;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/** A poll's result with fewer records and the same next offsets. */
final class FewerRecords {

  /** Kafka's clients before 4.0 have no next offsets. */
  static final boolean HAS_NEXT_OFFSETS = hasNextOffsets();

  private FewerRecords() {}

  static <K, V> ConsumerRecords<K, V> of(
      ConsumerRecords<K, V> polled, Map<TopicPartition, List<ConsumerRecord<K, V>>> kept) {
    return HAS_NEXT_OFFSETS
        ? new ConsumerRecords<>(kept, polled.nextOffsets())
        : withoutNextOffsets(kept);
  }

  @SuppressWarnings("deprecation") // the only constructor there is before 4.0
  private static <K, V> ConsumerRecords<K, V> withoutNextOffsets(
      Map<TopicPartition, List<ConsumerRecord<K, V>>> kept) {
    return new ConsumerRecords<>(kept);
  }

  private static boolean hasNextOffsets() {
    try {
      return ConsumerRecords.class.getConstructor(Map.class, Map.class) != null;
    } catch (NoSuchMethodException e) {
      return false;
    }
  }
}
