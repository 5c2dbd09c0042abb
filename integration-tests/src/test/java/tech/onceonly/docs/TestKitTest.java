package tech.onceonly.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.OnceOnly;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.OnceOnlyKafka;
import tech.onceonly.kafka.RefusedException;
import tech.onceonly.server.junit.OnceOnlyServerExtension;

/** The tests that docs/testing.md shows, and its table of faults, run on the library itself. */
@Timeout(60)
class TestKitTest {

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private static final TopicPartition PAYMENTS = new TopicPartition("payments", 0);

  private final List<String> charged = new ArrayList<>();
  private final MockConsumer<String, String> consumer = new MockConsumer<>("earliest");

  record Payment(String id, long cents) {}

  record Receipt(String id) {}

  @Test
  void aPaymentThatIsSentTwiceIsChargedOnce() {
    send("p-1", "p-2", "p-1");
    try (OnceOnlyKafka<String, String> onceOnly = OnceOnlyKafka.on(consumer, options())) {
      poll(onceOnly);
    }
    assertThat(charged).containsExactly("p-1", "p-2");
    server.assertClaimedOnce("p-1");
    server.assertCompleted("p-1");
  }

  @Test
  void paymentsAreChargedWhileTheApiIsDown() {
    server.answer(503);
    send("p-1");
    try (OnceOnlyKafka<String, String> onceOnly = OnceOnlyKafka.on(consumer, options())) {
      poll(onceOnly);
    }
    assertThat(charged).containsExactly("p-1");
    server.assertNoClaim();
  }

  @Test
  void aClosedConnectionIsAnOutageToo() {
    send("p-1");
    try (OnceOnlyKafka<String, String> onceOnly = OnceOnlyKafka.on(consumer, options())) {
      server.closeConnections();
      poll(onceOnly);
    }
    assertThat(charged).containsExactly("p-1");
    server.assertNoClaim();
  }

  @Test
  void aHangCostsTheBudgetAndNoMore() {
    send("p-1");
    try (OnceOnlyKafka<String, String> onceOnly = OnceOnlyKafka.on(consumer, options())) {
      server.hang();
      poll(onceOnly);
    }
    assertThat(charged).containsExactly("p-1");
  }

  @Test
  void aRefusalStopsAndChargesNothing() {
    send("p-1");
    try (OnceOnlyKafka<String, String> onceOnly = OnceOnlyKafka.on(consumer, options())) {
      server.answer(402);
      assertThatThrownBy(() -> poll(onceOnly)).isInstanceOf(RefusedException.class);
      assertThat(charged).isEmpty();
      assertThat(consumer.position(PAYMENTS)).isZero();

      server.answerNormally();
      send("p-1");
      poll(onceOnly);
    }
    assertThat(charged).containsExactly("p-1");
    server.assertClaimedOnce("p-1");
  }

  @Test
  void aRateLimitHoldsAndRunsNothingUnprotected() {
    send("p-1");
    try (OnceOnlyKafka<String, String> onceOnly = OnceOnlyKafka.on(consumer, options())) {
      server.rateLimit(Duration.ofMinutes(1));
      poll(onceOnly);
      assertThat(consumer.paused()).containsExactly(PAYMENTS);
    }
    assertThat(charged).isEmpty();
    server.assertNoClaim();
  }

  @Test
  void theSecondCallGetsTheFirstsReceipt() {
    try (OnceOnlyClient client = OnceOnlyClient.create(clientOptions())) {
      int[] charges = {0};
      var charge =
          OnceOnly.idempotent(client, "charge", Receipt.class)
              .lease()
              .build()
              .function((Payment payment) -> new Receipt("r-" + ++charges[0]));
      Payment payment = new Payment("p-1", 100);

      assertThat(charge.apply(payment)).isEqualTo(charge.apply(payment));
      assertThat(charges[0]).isEqualTo(1);
      server.assertCompleted(OnceOnly.key("charge", payment));
    }
  }

  private void send(String... payments) {
    consumer.assign(List.of(PAYMENTS));
    consumer.updateBeginningOffsets(Map.of(PAYMENTS, 0L));
    for (int i = 0; i < payments.length; i++) {
      consumer.addRecord(new ConsumerRecord<>("payments", 0, i, payments[i], "100 EUR"));
    }
  }

  private void poll(OnceOnlyKafka<String, String> onceOnly) {
    onceOnly.forEach(
        onceOnly.poll(Duration.ofSeconds(1)), (each, context) -> charged.add(each.key()));
  }

  private static KafkaOptions options() {
    return KafkaOptions.builder()
        .groupId("payments")
        .autoCommit(false)
        .mode(Mode.LEASE)
        .keys("record-key")
        .client(clientOptions())
        .build();
  }

  private static ClientOptions clientOptions() {
    return ClientOptions.builder()
        .baseUrl(server.baseUrl().toString())
        .apiKey(server.apiKey())
        .build();
  }
}
