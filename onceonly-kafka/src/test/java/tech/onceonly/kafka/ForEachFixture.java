package tech.onceonly.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import tech.onceonly.GuardCounters;
import tech.onceonly.Mode;

/** A handler over a log of two partitions, a service that a test makes answer, and a clock. */
@Timeout(30)
abstract class ForEachFixture {

  static final TopicPartition P0 = new TopicPartition("orders", 0);
  static final TopicPartition P1 = new TopicPartition("orders", 1);
  static final Duration ONE_SECOND = Duration.ofSeconds(1);

  final AtomicLong nanos = new AtomicLong(1_000_000_000L);
  final FakeClaimService service = new FakeClaimService();
  final GuardCounters counters = new GuardCounters();
  final LogConsumer kafka = LogConsumer.assigned(P0, P1);
  final List<String> effects = new ArrayList<>();
  OnceOnlyKafka<String, String> onceOnly;

  @AfterEach
  void close() {
    Thread.interrupted();
    if (onceOnly != null) {
      onceOnly.close();
    }
  }

  RecordHandler<String, String, RuntimeException> failingAt(String value, Throwable cause) {
    return (record, context) -> {
      effects.add(record.value());
      if (record.value().equals(value)) {
        if (cause instanceof Error error) {
          throw error;
        }
        throw (RuntimeException) cause;
      }
    };
  }

  void runAll() {
    onceOnly.forEach(onceOnly.poll(ONE_SECOND), (record, context) -> effects.add(record.value()));
  }

  long leasesOf(String key) {
    return service.calls.stream()
        .filter(call -> call.startsWith("lease ") && call.endsWith(key))
        .count();
  }

  ConsumerRecords<String, String> poll() {
    return kafka.poll(ONE_SECOND);
  }

  void on(KafkaOptions.Builder options) {
    onceOnly = OnceOnlyKafka.on(kafka, options.build());
  }

  KafkaOptions.Builder checkLock() {
    return KafkaOptions.builder()
        .groupId("billing")
        .autoCommit(false)
        .claimService(service)
        .events(counters)
        .nanoTime(nanos::get);
  }

  KafkaOptions.Builder lease() {
    return checkLock().mode(Mode.LEASE);
  }

  void advance(Duration by) {
    nanos.addAndGet(by.toNanos());
  }
}
