package tech.onceonly.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.AcknowledgementCommitCallback;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRecordStateException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.record.TimestampType;

/**
 * Kafka's share consumer in explicit mode with its broker, as their sources have it: what is in
 * flight must be acknowledged before a poll, a renewed record is back in flight with the next poll
 * and the same object, nothing is fetched meanwhile, a lock runs out, and a failure of one record
 * fails its whole partition. Keys are record values.
 */
final class FakeShareConsumer implements ShareConsumer<String, String> {

  static final TopicPartition AT = new TopicPartition("payments", 0);
  static final Duration LOCK = Duration.ofSeconds(30);
  private static final TopicIdPartition IDENTIFIED = new TopicIdPartition(Uuid.ONE_UUID, AT);

  /** What was told to the broker, by offset; the last counts. */
  final Map<Long, AcknowledgeType> told = new TreeMap<>();

  final List<String> happened = new ArrayList<>();
  volatile int renewals;
  volatile int refused;
  boolean isClosed;

  /** Runs when acknowledgements reach the broker. */
  Runnable whenTold = () -> {};

  private final LongSupplier nanoTime;
  private final TreeMap<Long, String> available = new TreeMap<>();
  private final Map<Long, Short> deliveries = new HashMap<>();
  private final Map<Long, Long> lockedUntil = new HashMap<>();
  private final LinkedHashMap<Long, ConsumerRecord<String, String>> inFlight =
      new LinkedHashMap<>();
  private final LinkedHashMap<Long, ConsumerRecord<String, String>> renewed = new LinkedHashMap<>();
  private final Map<Long, AcknowledgeType> acknowledged = new TreeMap<>();
  private AcknowledgementCommitCallback callback;
  private long end;

  FakeShareConsumer(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  void add(String... values) {
    for (String value : values) {
      available.put(end++, value);
    }
  }

  /** Another member has it now, as far as the broker knows. */
  void loseLocks() {
    lockedUntil.replaceAll((offset, until) -> nanoTime.getAsLong());
  }

  int deliveries(long offset) {
    return deliveries.getOrDefault(offset, (short) 0);
  }

  @Override
  public ConsumerRecords<String, String> poll(Duration timeout) {
    if (!acknowledged.keySet().equals(inFlight.keySet())) {
      throw new IllegalStateException("All records must be acknowledged");
    }
    boolean renews = !renewed.isEmpty();
    tell();
    if (renews || !renewed.isEmpty()) {
      inFlight.putAll(renewed);
      renewed.clear();
    } else {
      acquire();
    }
    return inFlight.isEmpty()
        ? ConsumerRecords.empty()
        : new ConsumerRecords<>(Map.of(AT, List.copyOf(inFlight.values())), Map.of());
  }

  private void acquire() {
    available.forEach(
        (offset, value) -> {
          short count = (short) (deliveries(offset) + 1);
          deliveries.put(offset, count);
          lockedUntil.put(offset, nanoTime.getAsLong() + LOCK.toNanos());
          inFlight.put(offset, record(offset, value, count));
        });
    available.clear();
  }

  private static ConsumerRecord<String, String> record(long offset, String value, short count) {
    RecordHeaders headers = new RecordHeaders();
    headers.add("Idempotency-Key", value.getBytes(StandardCharsets.UTF_8));
    return new ConsumerRecord<>(
        AT.topic(),
        AT.partition(),
        offset,
        1_000 + offset,
        TimestampType.CREATE_TIME,
        0,
        0,
        value,
        value,
        headers,
        Optional.empty(),
        Optional.of(count));
  }

  private Map<TopicIdPartition, Optional<KafkaException>> tell() {
    if (acknowledged.isEmpty()) {
      return Map.of();
    }
    whenTold.run();
    boolean fails =
        acknowledged.keySet().stream()
            .anyMatch(offset -> lockedUntil.get(offset) - nanoTime.getAsLong() <= 0);
    acknowledged.forEach((offset, type) -> tell(offset, type, fails));
    Set<Long> offsets = Set.copyOf(acknowledged.keySet());
    acknowledged.clear();
    KafkaException failure = fails ? new InvalidRecordStateException("not acquired") : null;
    if (callback != null) {
      callback.onComplete(Map.of(IDENTIFIED, offsets), failure);
    }
    return Map.of(IDENTIFIED, Optional.ofNullable(failure));
  }

  private void tell(long offset, AcknowledgeType type, boolean fails) {
    ConsumerRecord<String, String> record = inFlight.remove(offset);
    if (fails) {
      refused++;
      return;
    }
    if (type == AcknowledgeType.RENEW) {
      renewals++;
      renewed.put(offset, record);
      lockedUntil.put(offset, nanoTime.getAsLong() + LOCK.toNanos());
      return;
    }
    told.put(offset, type);
    happened.add(type + " " + offset);
    if (type == AcknowledgeType.RELEASE) {
      available.put(offset, record.value());
    }
  }

  @Override
  public void acknowledge(ConsumerRecord<String, String> record) {
    acknowledge(record, AcknowledgeType.ACCEPT);
  }

  @Override
  public void acknowledge(ConsumerRecord<String, String> record, AcknowledgeType type) {
    if (!inFlight.containsKey(record.offset())) {
      throw new IllegalStateException("The record cannot be acknowledged.");
    }
    acknowledged.put(record.offset(), type);
  }

  @Override
  public void acknowledge(String topic, int partition, long offset, AcknowledgeType type) {
    throw new IllegalStateException("The record cannot be acknowledged.");
  }

  @Override
  public Map<TopicIdPartition, Optional<KafkaException>> commitSync() {
    return tell();
  }

  @Override
  public Map<TopicIdPartition, Optional<KafkaException>> commitSync(Duration timeout) {
    return tell();
  }

  @Override
  public void commitAsync() {
    tell();
  }

  @Override
  public void setAcknowledgementCommitCallback(AcknowledgementCommitCallback value) {
    callback = value;
  }

  @Override
  public Optional<Integer> acquisitionLockTimeoutMs() {
    return Optional.of((int) LOCK.toMillis());
  }

  @Override
  public void close() {
    tell();
    inFlight.keySet().forEach(offset -> happened.add("close releases " + offset));
    isClosed = true;
  }

  @Override
  public void close(Duration timeout) {
    close();
  }

  @Override
  public Set<String> subscription() {
    return Set.of(AT.topic());
  }

  @Override
  public void subscribe(Collection<String> topics) {}

  @Override
  public void unsubscribe() {}

  @Override
  public Uuid clientInstanceId(Duration timeout) {
    return Uuid.ONE_UUID;
  }

  @Override
  public Map<MetricName, ? extends Metric> metrics() {
    return Map.of();
  }

  @Override
  public void registerMetricForSubscription(KafkaMetric metric) {}

  @Override
  public void unregisterMetricFromSubscription(KafkaMetric metric) {}

  @Override
  public void wakeup() {
    throw new AssertionError("a wake-up may hit a renewal: it must not reach Kafka's consumer");
  }
}
