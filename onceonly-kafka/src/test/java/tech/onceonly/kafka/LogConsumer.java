package tech.onceonly.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/** Kafka's mock over a log that stays: what is sought back is polled again, as on a broker. */
final class LogConsumer extends MockConsumer<String, String> {

  private final Map<TopicPartition, List<ConsumerRecord<String, String>>> log =
      new LinkedHashMap<>();

  private ConsumerRebalanceListener listener;

  LogConsumer() {
    super("earliest");
  }

  static LogConsumer assigned(TopicPartition... partitions) {
    LogConsumer consumer = new LogConsumer();
    consumer.assign(List.of(partitions));
    consumer.begin(partitions);
    return consumer;
  }

  static LogConsumer subscribed() {
    return new LogConsumer();
  }

  void begin(TopicPartition... partitions) {
    for (TopicPartition partition : partitions) {
      updateBeginningOffsets(Map.of(partition, 0L));
    }
  }

  /** Appends a record; without a key header where that is null. */
  void sendKeyed(TopicPartition partition, String value, String keyHeader) {
    RecordHeaders headers = new RecordHeaders();
    if (keyHeader != null) {
      headers.add("Idempotency-Key", keyHeader.getBytes(StandardCharsets.UTF_8));
    }
    sendWith(partition, value, headers);
  }

  void sendWith(TopicPartition partition, String value, Headers headers) {
    List<ConsumerRecord<String, String>> records =
        log.computeIfAbsent(partition, unused -> new ArrayList<>());
    records.add(
        new ConsumerRecord<>(
            partition.topic(),
            partition.partition(),
            records.size(),
            1_000L + records.size(),
            TimestampType.CREATE_TIME,
            0,
            0,
            "k",
            value,
            headers,
            Optional.of(7)));
  }

  void send(TopicPartition partition, String... values) {
    for (String value : values) {
      sendKeyed(partition, value, null);
    }
  }

  @Override
  public void subscribe(Collection<String> topics, ConsumerRebalanceListener users) {
    listener = users;
    super.subscribe(topics, users);
  }

  /** What the mock cannot do by itself. */
  void lose(TopicPartition... partitions) {
    listener.onPartitionsLost(List.of(partitions));
  }

  @Override
  public synchronized ConsumerRecords<String, String> poll(Duration timeout) {
    ConsumerRecords<String, String> none = super.poll(timeout);
    assert none.isEmpty();
    Map<TopicPartition, List<ConsumerRecord<String, String>>> polled = new LinkedHashMap<>();
    Map<TopicPartition, OffsetAndMetadata> next = new LinkedHashMap<>();
    for (Map.Entry<TopicPartition, List<ConsumerRecord<String, String>>> entry : log.entrySet()) {
      TopicPartition partition = entry.getKey();
      if (!assignment().contains(partition) || paused().contains(partition)) {
        continue;
      }
      long from = position(partition);
      List<ConsumerRecord<String, String>> records =
          entry.getValue().stream().filter(r -> r.offset() >= from).toList();
      if (!records.isEmpty()) {
        long end = records.get(records.size() - 1).offset() + 1;
        polled.put(partition, records);
        next.put(partition, new OffsetAndMetadata(end, Optional.of(7), ""));
        super.seek(partition, end);
      }
    }
    return new ConsumerRecords<>(polled, next);
  }

  /** What a commit without offsets would commit. */
  long positionOf(TopicPartition partition) {
    return position(partition);
  }

  static List<String> values(ConsumerRecords<String, String> records) {
    List<String> values = new ArrayList<>();
    records.forEach(record -> values.add(record.value()));
    return values;
  }
}
