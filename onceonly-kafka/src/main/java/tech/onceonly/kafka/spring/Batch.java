package tech.onceonly.kafka.spring;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Skip;

/**
 * The records of one batch that are to run, and where each stood among all that were polled: an
 * index that the listener names counts its own records, and the container's counts them all.
 */
final class Batch<K, V> {

  private final int polled;
  private final List<ConsumerRecord<K, V>> records;
  private final List<Decision> decisions;
  private final List<Integer> places;

  /**
   * @param all as polled
   * @param decided one for each; none holds or refuses
   */
  Batch(List<ConsumerRecord<K, V>> all, List<Decision> decided) {
    polled = all.size();
    records = new ArrayList<>(polled);
    decisions = new ArrayList<>(polled);
    places = new ArrayList<>(polled);
    for (int i = 0; i < polled; i++) {
      if (!(decided.get(i) instanceof Skip)) {
        records.add(all.get(i));
        decisions.add(decided.get(i));
        places.add(i);
      }
    }
  }

  boolean isEmpty() {
    return records.isEmpty();
  }

  int size() {
    return records.size();
  }

  /** A list of its own: a listener may change what it is given. */
  List<ConsumerRecord<K, V>> records() {
    return new ArrayList<>(records);
  }

  Map<TopicPartition, List<ConsumerRecord<K, V>>> byPartition() {
    Map<TopicPartition, List<ConsumerRecord<K, V>>> partitions = new LinkedHashMap<>();
    for (ConsumerRecord<K, V> record : records) {
      partitions
          .computeIfAbsent(
              new TopicPartition(record.topic(), record.partition()), unused -> new ArrayList<>())
          .add(record);
    }
    return partitions;
  }

  ConsumerRecord<K, V> record(int index) {
    return records.get(index);
  }

  Decision decision(int index) {
    return decisions.get(index);
  }

  /** Where the record stands that comes again first, if this one of the listener's does. */
  int placeOf(int index) {
    return places.get(index);
  }

  /** The last of all that are done with when this one of the listener's is: skipped ones follow. */
  int lastDoneWith(int index) {
    return (index + 1 < places.size() ? places.get(index + 1) : polled) - 1;
  }
}
