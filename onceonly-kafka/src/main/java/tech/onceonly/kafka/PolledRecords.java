package tech.onceonly.kafka;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Makes a poll's result anew with fewer records, in the same order of partitions. */
final class PolledRecords<K, V> {

  /** Kafka's clients before 4.0 have no next offsets. */
  private static final boolean HAS_NEXT_OFFSETS = hasNextOffsets();

  private final ConsumerRecords<K, V> polled;
  private final Map<TopicPartition, List<ConsumerRecord<K, V>>> kept = new LinkedHashMap<>();
  private final Map<TopicPartition, ConsumerRecord<K, V>> heldAt = new HashMap<>();

  PolledRecords(ConsumerRecords<K, V> polled) {
    this.polled = polled;
  }

  void keep(TopicPartition partition, ConsumerRecord<K, V> record) {
    kept.computeIfAbsent(partition, unused -> new ArrayList<>()).add(record);
  }

  /** Nothing of this partition from this record on is handed over. */
  void holdAt(TopicPartition partition, ConsumerRecord<K, V> record) {
    heldAt.put(partition, record);
  }

  ConsumerRecords<K, V> toRecords() {
    return HAS_NEXT_OFFSETS ? withNextOffsets() : withoutNextOffsets();
  }

  private ConsumerRecords<K, V> withNextOffsets() {
    Map<TopicPartition, OffsetAndMetadata> next = polled.nextOffsets();
    if (!heldAt.isEmpty()) {
      // Whoever commits by these must not commit past a record that he has not got.
      next = new HashMap<>(next);
      for (Map.Entry<TopicPartition, ConsumerRecord<K, V>> held : heldAt.entrySet()) {
        if (polled.records(held.getKey()).get(0) == held.getValue()) {
          next.remove(held.getKey());
        } else {
          next.put(held.getKey(), SeekBack.offsetOf(held.getValue()));
        }
      }
    }
    return new ConsumerRecords<>(kept, next);
  }

  @SuppressWarnings("deprecation") // the only constructor there is before 4.0
  private ConsumerRecords<K, V> withoutNextOffsets() {
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
