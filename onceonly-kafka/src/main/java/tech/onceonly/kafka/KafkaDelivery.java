package tech.onceonly.kafka;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import tech.onceonly.Delivery;

/**
 * A polled record in the guard's words.
 *
 * <p>What went through a retry or dead-letter topic of Spring Kafka tells in its headers where it
 * came from. They count only when topic, partition, offset and timestamp are all there and well
 * formed; else the record is its own origin.
 */
final class KafkaDelivery implements Delivery {

  private static final String RETRY = "kafka_original-";
  private static final String DEAD_LETTER = "kafka_dlt-original-";
  private static final String RETRY_TOPIC = RETRY + "topic";
  private static final String DEAD_LETTER_TOPIC = DEAD_LETTER + "topic";

  private final ConsumerRecord<?, ?> record;
  private final String clusterAlias;
  private final String topic;
  private @Nullable String position;

  KafkaDelivery(ConsumerRecord<?, ?> record, String clusterAlias) {
    this(record, clusterAlias, record.topic(), null);
  }

  private KafkaDelivery(
      ConsumerRecord<?, ?> record, String clusterAlias, String topic, @Nullable String position) {
    this.record = record;
    this.clusterAlias = clusterAlias;
    this.topic = topic;
    this.position = position;
  }

  @Override
  public String destination() {
    return topic;
  }

  @Override
  public String position() {
    String known = position;
    if (known == null) {
      known = position(record.partition(), record.offset(), record.timestamp());
      position = known;
    }
    return known;
  }

  @Override
  public byte @Nullable [] header(String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : header.value();
  }

  @Override
  public @Nullable Object recordKey() {
    return record.key();
  }

  @Override
  public @Nullable Object value() {
    return record.value();
  }

  @Override
  public Delivery origin() {
    if (record.headers().lastHeader(RETRY_TOPIC) != null) {
      return origin(RETRY);
    }
    return record.headers().lastHeader(DEAD_LETTER_TOPIC) != null ? origin(DEAD_LETTER) : this;
  }

  @Override
  public String toString() {
    return topic + " " + position();
  }

  private Delivery origin(String prefix) {
    byte[] from = first(prefix + "topic");
    byte[] partition = first(prefix + "partition");
    byte[] offset = first(prefix + "offset");
    byte[] timestamp = first(prefix + "timestamp");
    boolean whole =
        from != null
            && from.length > 0
            && partition != null
            && partition.length == Integer.BYTES
            && offset != null
            && offset.length == Long.BYTES
            && timestamp != null
            && timestamp.length == Long.BYTES;
    return whole
        ? new KafkaDelivery(
            record,
            clusterAlias,
            new String(from, StandardCharsets.UTF_8),
            position(
                ByteBuffer.wrap(partition).getInt(),
                ByteBuffer.wrap(offset).getLong(),
                ByteBuffer.wrap(timestamp).getLong()))
        : this;
  }

  /** Each hop appends its own values: the first is where it all began. */
  private byte @Nullable [] first(String name) {
    Iterator<Header> values = record.headers().headers(name).iterator();
    return values.hasNext() ? values.next().value() : null;
  }

  private String position(int partition, long offset, long timestamp) {
    return clusterAlias + '/' + partition + '/' + offset + '/' + timestamp;
  }
}
