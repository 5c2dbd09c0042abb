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
    return heldAt.isEmpty() || !FewerRecords.HAS_NEXT_OFFSETS
        ? FewerRecords.of(polled, kept)
        : new ConsumerRecords<>(kept, nextOffsets());
  }

  /** Whoever commits by these must not commit past a record that he has not got. */
  private Map<TopicPartition, OffsetAndMetadata> nextOffsets() {
    Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>(polled.nextOffsets());
    for (Map.Entry<TopicPartition, ConsumerRecord<K, V>> held : heldAt.entrySet()) {
      if (polled.records(held.getKey()).get(0) == held.getValue()) {
        next.remove(held.getKey());
      } else {
        next.put(held.getKey(), SeekBack.offsetOf(held.getValue()));
      }
    }
    return next;
  }
}
