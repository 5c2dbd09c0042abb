package tech.onceonly.kafka;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import tech.onceonly.Decision;

/** One record that a share consumer has acquired and not acknowledged. Guarded by its consumer. */
final class ShareRecord<K, V> {

  final ConsumerRecord<K, V> record;
  final TopicPartition partition;

  /** Under which it was handed over; null where it has not been decided, or waits to be again. */
  @Nullable Decision decision;

  /** How often it was handed over here. */
  int attempts;

  /** When it may be asked for again. */
  long dueNanos;

  /** Since when its acquisition lock runs, as far as is known. */
  long lockedNanos;

  /** Whether the acquisition lock is still this consumer's, as far as is known. */
  boolean locked = true;

  ShareRecord(ConsumerRecord<K, V> record, long nowNanos) {
    this.record = record;
    partition = new TopicPartition(record.topic(), record.partition());
    dueNanos = nowNanos;
    lockedNanos = nowNanos;
  }

  /** How often the broker and this consumer have handed it out, together. */
  int deliveries() {
    return record.deliveryCount().map(Short::intValue).orElse(1) + attempts - 1;
  }

  @Override
  public String toString() {
    return partition + "@" + record.offset();
  }
}
