package tech.onceonly.kafka;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import tech.onceonly.Delivery;

/**
 * A polled record in the guard's words.
 *
 * <p>What went through a retry or dead-letter topic of Spring Kafka tells in its headers where it
 * came from. Whoever sends on what he has received may copy them, to many records: so they count
 * only where they name the record's own topic, or one that its reader knows to be its origin's, and
 * when topic, partition, offset and timestamp are all there and well formed. Else the record is its
 * own origin: that can double an effect, and never lose one.
 */
final class KafkaDelivery implements Delivery {

  private static final String RETRY = "kafka_original-";
  private static final String DEAD_LETTER = "kafka_dlt-original-";
  private static final String RETRY_TOPIC = RETRY + "topic";
  private static final String DEAD_LETTER_TOPIC = DEAD_LETTER + "topic";

  private final ConsumerRecord<?, ?> record;
  private final Predicate<String> isOrigin;
  private final @Nullable Object session;
  private final String topic;
  private final Place place;
  private @Nullable String position;

  /** Where a record stands in its topic, and which one it was that stood there. */
  private record Place(String clusterAlias, int partition, long offset, long timestamp) {
    @Override
    public String toString() {
      return clusterAlias + '/' + partition + '/' + offset + '/' + timestamp;
    }
  }

  KafkaDelivery(ConsumerRecord<?, ?> record, String clusterAlias) {
    this(record, clusterAlias, topic -> false);
  }

  /**
   * @param isOrigin whether what is read here may have come from this topic
   */
  KafkaDelivery(ConsumerRecord<?, ?> record, String clusterAlias, Predicate<String> isOrigin) {
    this(record, clusterAlias, isOrigin, null);
  }

  /**
   * @param session null where all that its guard sees is polled by one consumer
   */
  KafkaDelivery(
      ConsumerRecord<?, ?> record,
      String clusterAlias,
      Predicate<String> isOrigin,
      @Nullable Object session) {
    this(
        record,
        isOrigin,
        session,
        record.topic(),
        new Place(clusterAlias, record.partition(), record.offset(), record.timestamp()));
  }

  private KafkaDelivery(
      ConsumerRecord<?, ?> record,
      Predicate<String> isOrigin,
      @Nullable Object session,
      String topic,
      Place place) {
    this.record = record;
    this.isOrigin = isOrigin;
    this.session = session;
    this.topic = topic;
    this.place = place;
  }

  @Override
  public String destination() {
    return topic;
  }

  @Override
  public String position() {
    String known = position;
    if (known == null) {
      known = place.toString();
      position = known;
    }
    return known;
  }

  @Override
  public Object identity() {
    return place;
  }

  @Override
  public @Nullable Object session() {
    return session;
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
    byte[] named = first(prefix + "topic");
    byte[] partition = first(prefix + "partition");
    byte[] offset = first(prefix + "offset");
    byte[] timestamp = first(prefix + "timestamp");
    boolean whole =
        named != null
            && partition != null
            && partition.length == Integer.BYTES
            && offset != null
            && offset.length == Long.BYTES
            && timestamp != null
            && timestamp.length == Long.BYTES;
    if (!whole) {
      return this;
    }
    String from = new String(named, StandardCharsets.UTF_8);
    if (!from.equals(record.topic()) && !isOrigin.test(from)) {
      return this;
    }
    return new KafkaDelivery(
        record,
        isOrigin,
        session,
        from,
        new Place(
            place.clusterAlias(),
            ByteBuffer.wrap(partition).getInt(),
            ByteBuffer.wrap(offset).getLong(),
            ByteBuffer.wrap(timestamp).getLong()));
  }

  /** Each hop appends its own values: the first is where it all began. */
  private byte @Nullable [] first(String name) {
    Iterator<Header> values = record.headers().headers(name).iterator();
    return values.hasNext() ? values.next().value() : null;
  }
}
