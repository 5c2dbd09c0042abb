package tech.onceonly.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.OnceOnlyKafka;
import tech.onceonly.metrics.OnceOnlyMetrics;
import tech.onceonly.server.junit.OnceOnlyServerExtension;

/** Two consumers of a group, each a process of its own, and the project's server between them. */
@Timeout(60)
class FingerprintsTest {

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private static final TopicPartition PAYMENTS = new TopicPartition("payments", 0);

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<String> charged = new ArrayList<>();

  @ParameterizedTest
  @EnumSource
  void anotherPayloadUnderAKeyIsSkippedAsEverAndCounted(Mode mode) {
    consume(mode, 0, "a", "b", "c");
    assertThat(charged).containsExactly("a", "b", "c");
    assertThat(mismatches()).isZero();

    // Under the same three keys: in one batch, as a redelivery, and with two payloads exchanged.
    consume(mode, 100, "a", "c", "b");
    assertThat(charged).containsExactly("a", "b", "c");
    assertThat(mismatches()).isEqualTo(2);
  }

  private double mismatches() {
    return registry.get("onceonly.fingerprint.mismatches").counter().count();
  }

  private void consume(Mode mode, long offset, String... payloads) {
    MockConsumer<String, byte[]> consumer = new MockConsumer<>("earliest");
    consumer.assign(List.of(PAYMENTS));
    consumer.updateBeginningOffsets(Map.of(PAYMENTS, offset));
    for (int i = 0; i < payloads.length; i++) {
      RecordHeaders headers = new RecordHeaders();
      headers.add("Idempotency-Key", ("key-" + i).getBytes(StandardCharsets.UTF_8));
      byte[] payload = payloads[i].getBytes(StandardCharsets.UTF_8);
      consumer.addRecord(
          new ConsumerRecord<>(
              "payments",
              0,
              offset + i,
              0,
              TimestampType.CREATE_TIME,
              -1,
              payload.length,
              null,
              payload,
              headers,
              Optional.empty()));
    }
    KafkaOptions options =
        KafkaOptions.builder()
            .groupId("billing")
            .autoCommit(false)
            .mode(mode)
            .fingerprint("payload")
            .events(OnceOnlyMetrics.bindTo(registry, "billing"))
            .client(
                ClientOptions.builder()
                    .baseUrl(server.baseUrl().toString())
                    .apiKey(server.apiKey())
                    .build())
            .build();
    try (OnceOnlyKafka<String, byte[]> onceOnly = OnceOnlyKafka.on(consumer, options)) {
      onceOnly.forEach(
          consumer.poll(Duration.ofMillis(100)),
          (record, context) -> charged.add(new String(record.value(), StandardCharsets.UTF_8)));
    }
  }
}
