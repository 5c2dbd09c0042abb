package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import tech.onceonly.Delivery;

class KafkaDeliveryTest {

  private final RecordHeaders headers = new RecordHeaders();
  private final ConsumerRecord<String, String> record =
      new ConsumerRecord<>(
          "orders-retry",
          3,
          42,
          1_700,
          TimestampType.CREATE_TIME,
          0,
          0,
          "key",
          "value",
          headers,
          Optional.empty());
  private final KafkaDelivery delivery = new KafkaDelivery(record, "eu", "orders"::equals);

  @Test
  void tellsOfTheRecord() {
    headers.add("id", bytes("first")).add("id", bytes("last"));
    assertThat(delivery.destination()).isEqualTo("orders-retry");
    assertThat(delivery.position()).isEqualTo("eu/3/42/1700");
    assertThat(delivery.header("id")).isEqualTo(bytes("last"));
    assertThat(delivery.header("none")).isNull();
    assertThat(delivery.recordKey()).isEqualTo("key");
    assertThat(delivery.value()).isEqualTo("value");
    assertThat(delivery.origin()).isSameAs(delivery);
  }

  @Test
  void comesFromBeforeARetryTopic() {
    origin("kafka_original-", "orders", 1, 7, 1_600);
    Delivery origin = delivery.origin();
    assertThat(origin.destination()).isEqualTo("orders");
    assertThat(origin.position()).isEqualTo("eu/1/7/1600");
    assertThat(origin.value()).isEqualTo("value");
  }

  @Test
  void comesFromAnotherTopicOnlyWhereItsReaderKnowsOfIt() {
    origin("kafka_original-", "payments", 1, 7, 1_600);
    assertThat(delivery.origin()).isSameAs(delivery);
    KafkaDelivery elsewhere = new KafkaDelivery(record, "eu");
    headers.remove("kafka_original-topic");
    headers.add("kafka_original-topic", bytes("orders"));
    assertThat(elsewhere.origin()).isSameAs(elsewhere);
  }

  @Test
  void aReplayComesFromItsOwnTopic() {
    origin("kafka_dlt-original-", "orders-retry", 1, 7, 1_600);
    assertThat(new KafkaDelivery(record, "eu").origin().position()).isEqualTo("eu/1/7/1600");
  }

  @Test
  void comesFromTheFirstOfDeadLetterHops() {
    origin("kafka_dlt-original-", "orders", 1, 7, 1_600);
    origin("kafka_dlt-original-", "orders-dlt", 2, 9, 1_650);
    assertThat(delivery.origin().destination()).isEqualTo("orders");
    assertThat(delivery.origin().position()).isEqualTo("eu/1/7/1600");
  }

  @Test
  void isItsOwnOriginWhereHeadersAreIncompleteOrMalformed() {
    origin("kafka_original-", "orders", 1, 7, 1_600);
    headers.remove("kafka_original-timestamp");
    assertThat(delivery.origin()).isSameAs(delivery);
    headers.add("kafka_original-timestamp", bytes("1600"));
    assertThat(delivery.origin()).isSameAs(delivery);
    headers.remove("kafka_original-timestamp");
    headers.add("kafka_original-timestamp", null);
    assertThat(delivery.origin()).isSameAs(delivery);
  }

  @Test
  void optionsNameWhatIsMissing() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KafkaOptions.builder().build())
        .withMessageContaining("groupId");
    KafkaOptions.Builder named = KafkaOptions.builder().groupId("g");
    assertThatIllegalArgumentException()
        .isThrownBy(named::build)
        .withMessageContaining("enable.auto.commit");
    named.autoCommit(false);
    assertThatIllegalArgumentException()
        .isThrownBy(named::build)
        .withMessageContaining("claimService");
    named.claimService(new FakeClaimService()).pollBudget(Duration.ZERO);
    assertThatIllegalArgumentException()
        .isThrownBy(named::build)
        .withMessageContaining("pollBudget");
    named.pollBudget(Duration.ofSeconds(1)).keys("value:id");
    assertThatIllegalArgumentException().isThrownBy(named::build).withMessageContaining("value:id");
    named.keys("record-key").leaseTtl(Duration.ZERO);
    assertThatIllegalArgumentException().isThrownBy(named::build).withMessageContaining("leaseTtl");
    assertThat(named.leaseTtl(Duration.ofSeconds(9)).build().pollBudget())
        .isEqualTo(Duration.ofSeconds(1));
  }

  private void origin(String prefix, String topic, int partition, long offset, long timestamp) {
    OriginHeaders.add(headers, prefix, topic, partition, offset, timestamp);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
