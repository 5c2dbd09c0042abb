package tech.onceonly.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(WithBroker.class)
@Timeout(120)
class KafkaBrokerIT {

  private static final int RECORDS = 500;

  @Test
  void keepsEveryAcknowledgedRecordAndOffsetThroughAKill(KafkaBroker broker, Topics topics) {
    topics.create("survives-a-kill", 3);
    topics.produce(payments("survives-a-kill", 0));
    assertThat(consumeAndCommit(broker, "survives-a-kill", RECORDS)).hasSize(RECORDS);

    String before = broker.bootstrapServers();
    topics.produce(payments("survives-a-kill", RECORDS));
    broker.kill();
    assertThat(broker.isRunning()).isFalse();
    broker.restart();

    assertThat(broker.isRunning()).isTrue();
    assertThat(broker.bootstrapServers()).isEqualTo(before);
    assertThat(consumeAndCommit(broker, "survives-a-kill", RECORDS))
        .as("what was acknowledged before the kill and not committed, no more and no less")
        .containsExactlyInAnyOrderElementsOf(values(RECORDS));
    assertThat(topics.uncommitted("readers", "survives-a-kill")).isZero();
  }

  @Test
  void givesATopicThatWasRecreatedItsOffsetsAnew(Topics topics) {
    topics.create("recreated", 2);
    topics.produce(payments("recreated", 0));
    topics.delete("recreated");
    topics.create("recreated", 2);

    assertThat(topics.endOffsets("recreated"))
        .isEqualTo(
            Map.of(new TopicPartition("recreated", 0), 0L, new TopicPartition("recreated", 1), 0L));
  }

  @Test
  void makesNoTopicByItself(Topics topics) {
    assertThatThrownBy(() -> topics.endOffsets("never-created"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("never-created");
  }

  private static List<ProducerRecord<String, String>> payments(String topic, int from) {
    return values(from).stream().map(value -> payment(topic, value)).toList();
  }

  private static List<String> values(int from) {
    return IntStream.range(from, from + RECORDS).mapToObj(i -> "payment-" + i).toList();
  }

  private static ProducerRecord<String, String> payment(String topic, String value) {
    ProducerRecord<String, String> payment = new ProducerRecord<>(topic, value, value);
    payment.headers().add("Idempotency-Key", value.getBytes(StandardCharsets.UTF_8));
    return payment;
  }

  private static List<String> consumeAndCommit(KafkaBroker broker, String topic, int atLeast) {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            broker.bootstrapServers(),
            "group.id",
            "readers",
            "auto.offset.reset",
            "earliest",
            "enable.auto.commit",
            false);
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(topic));
      Await.until(
          atLeast + " records of " + topic,
          Duration.ofSeconds(30),
          () -> {
            for (ConsumerRecord<String, String> polled : consumer.poll(Duration.ofMillis(200))) {
              assertThat(polled.headers().lastHeader("Idempotency-Key").value())
                  .asString(StandardCharsets.UTF_8)
                  .isEqualTo(polled.value());
              values.add(polled.value());
            }
            return values.size() >= atLeast;
          });
      consumer.commitSync(Duration.ofSeconds(10));
    }
    return values;
  }
}
