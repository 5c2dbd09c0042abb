package tech.onceonly.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ClusterResource;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/** An interceptor on scripted claims, with a clock that moves only in pauses. */
final class InterceptorFixture {

  static final String TOPIC = "payments";
  static final TopicPartition P0 = new TopicPartition(TOPIC, 0);
  static final TopicPartition P1 = new TopicPartition(TOPIC, 1);

  final ScriptedClaims claims = new ScriptedClaims();
  final AtomicLong nanos = new AtomicLong(1);
  final List<Duration> pauses = new ArrayList<>();
  final Map<String, Object> configs = new HashMap<>();

  /** Runs in each pause; the clock has moved by then. */
  PauseScript inPause = pause -> {};

  OnceOnlyConsumerInterceptor<String, String> interceptor;

  @FunctionalInterface
  interface PauseScript {
    void run(int pause) throws InterruptedException;
  }

  InterceptorFixture() {
    configs.put("group.id", "billing");
    configs.put("onceonly.api.key", "once_live_secret");
  }

  InterceptorFixture with(String name, Object value) {
    configs.put(name, value);
    return this;
  }

  InterceptorFixture start() {
    interceptor = new OnceOnlyConsumerInterceptor<>(wiring());
    interceptor.configure(configs);
    interceptor.onUpdate(new ClusterResource("cluster-1"));
    return this;
  }

  InterceptorWiring wiring() {
    return new InterceptorWiring(
        settings -> claims,
        Map.of(),
        nanos::get,
        duration -> {
          pauses.add(duration);
          nanos.addAndGet(duration.toNanos());
          inPause.run(pauses.size());
        });
  }

  long counted(String name) {
    return interceptor.counters().count(name);
  }

  List<String> poll(ConsumerRecord<?, ?>... records) {
    return values(interceptor.onConsume(polled(records)));
  }

  static ConsumerRecord<String, String> record(TopicPartition at, long offset) {
    return record(at, offset, null);
  }

  /** Its value tells where it stood. */
  static ConsumerRecord<String, String> record(TopicPartition at, long offset, String id) {
    RecordHeaders headers = new RecordHeaders();
    if (id != null) {
      headers.add("Idempotency-Key", id.getBytes(StandardCharsets.UTF_8));
    }
    String value = at.partition() + "/" + offset;
    return new ConsumerRecord<>(
        at.topic(),
        at.partition(),
        offset,
        1_000 + offset,
        TimestampType.CREATE_TIME,
        0,
        value.length(),
        "key",
        value,
        headers,
        Optional.of(3));
  }

  @SuppressWarnings("unchecked")
  static ConsumerRecords<String, String> polled(ConsumerRecord<?, ?>... records) {
    Map<TopicPartition, List<ConsumerRecord<String, String>>> byPartition = new LinkedHashMap<>();
    Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
    for (ConsumerRecord<?, ?> record : records) {
      TopicPartition at = new TopicPartition(record.topic(), record.partition());
      byPartition
          .computeIfAbsent(at, unused -> new ArrayList<>())
          .add((ConsumerRecord<String, String>) record);
      next.put(at, new OffsetAndMetadata(record.offset() + 1, Optional.of(3), ""));
    }
    return new ConsumerRecords<>(byPartition, next);
  }

  static List<String> values(ConsumerRecords<String, String> records) {
    List<String> values = new ArrayList<>();
    records.forEach(record -> values.add(record.value()));
    return values;
  }

  void commit(TopicPartition at, long offset) {
    interceptor.onCommit(Map.of(at, new OffsetAndMetadata(offset)));
  }
}
