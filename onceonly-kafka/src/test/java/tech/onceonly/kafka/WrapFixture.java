package tech.onceonly.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import tech.onceonly.GuardCounters;
import tech.onceonly.Mode;

/** A wrapped consumer over a log and a service in memory, on a clock that stands still. */
@Timeout(30)
abstract class WrapFixture {

  static final TopicPartition P0 = new TopicPartition("orders", 0);
  static final TopicPartition P1 = new TopicPartition("orders", 1);
  static final Duration ONE_SECOND = Duration.ofSeconds(1);

  final AtomicLong nanos = new AtomicLong(1_000_000_000L);
  final FakeClaimService service = new FakeClaimService();
  final GuardCounters counters = new GuardCounters();
  final LogConsumer kafka = LogConsumer.assigned(P0, P1);
  Consumer<String, String> consumer;

  @AfterEach
  void close() {
    if (consumer != null && !kafka.closed()) {
      consumer.close();
    }
  }

  void wrap(KafkaOptions.Builder options) {
    consumer = OnceOnlyKafka.wrap(kafka, options.build());
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

  static OffsetAndMetadata next(long offset) {
    return new OffsetAndMetadata(offset, Optional.of(7), "");
  }

  static List<String> values(ConsumerRecords<String, String> records) {
    return LogConsumer.values(records);
  }
}
