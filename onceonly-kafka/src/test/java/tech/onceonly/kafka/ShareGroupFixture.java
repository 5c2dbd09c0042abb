package tech.onceonly.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import tech.onceonly.Mode;

/** A share consumer, a service that a test makes answer, and a clock. */
@Timeout(30)
abstract class ShareGroupFixture {

  final AtomicLong clock = new AtomicLong();
  final FakeClaimService service = new FakeClaimService();
  final FakeShareConsumer kafka = new FakeShareConsumer(clock::get);
  OnceOnlyShareGroup group;
  ShareConsumer<String, String> consumer;

  @AfterEach
  void close() {
    if (consumer != null && !kafka.isClosed) {
      consumer.close();
    }
    if (group != null) {
      group.close();
    }
  }

  void start(Mode mode) {
    start(options(mode));
  }

  void start(KafkaOptions options) {
    group = OnceOnlyKafka.shareGroup(options);
    consumer = group.wrap(kafka);
  }

  KafkaOptions options(Mode mode) {
    return builder(mode).build();
  }

  KafkaOptions.Builder builder(Mode mode) {
    return KafkaOptions.builder()
        .shareGroup("billing")
        .mode(mode)
        .claimService(service)
        .nanoTime(clock::get);
  }

  List<ConsumerRecord<String, String>> poll() {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    consumer.poll(Duration.ZERO).forEach(records::add);
    return records;
  }

  void run(List<ConsumerRecord<String, String>> records) {
    records.forEach(consumer::acknowledge);
  }

  void pass(Duration time) {
    clock.addAndGet(time.toNanos());
  }
}
