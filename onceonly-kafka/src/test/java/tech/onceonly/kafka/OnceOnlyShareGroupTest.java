package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.MockShareConsumer;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.Mode;
import tech.onceonly.Settlement;

class OnceOnlyShareGroupTest extends ShareGroupFixture {

  @Test
  void inCheckLockModeARecordIsClaimedWhenItIsHandedOver() {
    start(Mode.CHECK_LOCK);
    kafka.add("a", "b");
    assertThat(values(poll())).containsExactly("a");
    assertThat(service.locks).hasSize(1);
    assertThatThrownBy(() -> poll())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("payments-0@0");
  }

  @Test
  void inLeaseModeAllThatMayRunIsHandedOver() {
    start(Mode.LEASE);
    kafka.add("a", "b", "a");
    List<ConsumerRecord<String, String>> polled = poll();
    assertThat(values(polled)).as("the second a waits for the first").containsExactly("a", "b");
    assertThat(OnceOnlyShareGroup.contextOf(consumer, polled.get(0)).leaseId()).isNotNull();
    polled.forEach(consumer::acknowledge);
    assertThat(OnceOnlyShareGroup.contextOf(consumer, polled.get(0))).isNull();
    pass(Duration.ofSeconds(1));
    assertThat(poll()).isEmpty();
    consumer.commitSync();
    assertThat(kafka.told.values()).hasSize(3).containsOnly(AcknowledgeType.ACCEPT);
    assertThat(service.completed).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource
  void aDuplicateIsAcceptedAndNotHandedOver(Mode mode) {
    start(mode);
    kafka.add("a");
    run(poll());
    consumer.commitSync();
    kafka.add("a", "b");
    assertThat(values(poll())).containsExactly("b");
    consumer.commitSync();
    assertThat(kafka.told).containsEntry(1L, AcknowledgeType.ACCEPT).doesNotContainKey(2L);
  }

  @Test
  void whatIsAcceptedIsCompletedBeforeTheBrokerHearsOfIt() {
    start(Mode.LEASE);
    kafka.add("a");
    List<Integer> completed = new ArrayList<>();
    kafka.whenTold = () -> completed.add(service.completed.size());
    run(poll());
    consumer.commitSync();
    assertThat(completed).containsExactly(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"RELEASE", "REJECT"})
  void theClaimIsGivenBackBeforeTheRecord(AcknowledgeType type) {
    service.releasable = true;
    for (Mode mode : Mode.values()) {
      service.leases.clear();
      service.locks.clear();
      start(mode);
      kafka.add("a");
      kafka.whenTold =
          () -> {
            assertThat(service.leases).isEmpty();
            assertThat(service.locks).isEmpty();
          };
      ConsumerRecord<String, String> record = poll().get(0);
      consumer.acknowledge(record, type);
      consumer.commitSync();
      assertThat(kafka.told).containsEntry(record.offset(), type);
      consumer.close();
      group.close();
    }
  }

  @Test
  void aReleasedRecordWhoseClaimCannotBeGivenBackIsRetriedHereAsOftenAsTheGroupWould() {
    start(Mode.CHECK_LOCK);
    kafka.add("a", "b");
    consumer.acknowledge(poll().get(0), AcknowledgeType.RELEASE);
    List<ConsumerRecord<String, String>> others = poll();
    assertThat(values(others)).as("the others go on").containsExactly("b");
    run(others);
    for (int attempt = 2; attempt <= 5; attempt++) {
      ConsumerRecord<String, String> record = poll().get(0);
      assertThat(record.value()).isEqualTo("a");
      assertThat(kafka.told).doesNotContainKey(0L);
      consumer.acknowledge(record, AcknowledgeType.RELEASE);
    }
    consumer.commitSync();
    assertThat(kafka.told).containsEntry(0L, AcknowledgeType.RELEASE);
    assertThat(service.count("check-lock")).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void whatWaitsKeepsItsLockAndCostsNoDelivery(Mode mode) {
    start(mode);
    service.throttle("", Duration.ofSeconds(1));
    kafka.add("a", "b");
    for (int second = 0; second < 120; second++) {
      assertThat(poll()).isEmpty();
      pass(Duration.ofSeconds(1));
    }
    assertThat(kafka.renewals).isBetween(2 * 10, 2 * 13);
    assertThat(kafka.told).isEmpty();
    service.mend();
    runAll(2);
    assertThat(kafka.told.values()).hasSize(2).containsOnly(AcknowledgeType.ACCEPT);
    assertThat(kafka.deliveries(0)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void aRefusalAcknowledgesNothingAndIsAskedAgain(Mode mode) {
    start(mode);
    service.refuse(":b");
    kafka.add("a", "b");
    if (mode == Mode.CHECK_LOCK) {
      run(poll());
    }
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(this::poll).isInstanceOf(RefusedException.class);
      pass(Duration.ofSeconds(20));
    }
    assertThat(group.refusal()).hasMessageContaining("Invalid API key");
    assertThat(service.leases).as("given back").isEmpty();
    assertThat(kafka.told).doesNotContainKey(1L);
    service.mend();
    runAll(mode == Mode.CHECK_LOCK ? 1 : 2);
    assertThat(group.refusal()).isNull();
    assertThat(kafka.deliveries(1)).isEqualTo(1);
    assertThat(kafka.told.values()).hasSize(2).containsOnly(AcknowledgeType.ACCEPT);
  }

  @Test
  void aRefusalMayBeWaitedForInstead() {
    try (KafkaGuard guard = KafkaGuard.open(options(Mode.LEASE), Settlement.BY_OUTCOME)) {
      consumer = OnceOnlyShareGroup.over(guard, Duration.ofSeconds(10)).wrap(kafka);
      service.refuse("");
      kafka.add("a");
      assertThat(poll()).isEmpty();
      service.mend();
      assertThat(poll()).as("not asked yet").isEmpty();
      pass(Duration.ofSeconds(10));
      runAll(1);
      consumer.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void closingGivesTheClaimBackBeforeTheRecord(Mode mode) {
    service.releasable = true;
    start(mode);
    kafka.add("a", "b");
    poll();
    consumer.close();
    assertThat(service.leases).isEmpty();
    assertThat(service.locks).isEmpty();
    assertThat(kafka.happened).containsExactly("close releases 0", "close releases 1");
  }

  @Test
  void aWakeUpEndsThePollAndHitsNoRenewal() {
    start(Mode.LEASE);
    consumer.wakeup();
    assertThatThrownBy(this::poll).isInstanceOf(WakeupException.class);
    assertThat(poll()).isEmpty();
  }

  @Test
  void implicitModeIsRefusedAtTheStartOfKafkasOwnConsumer() {
    group = OnceOnlyKafka.shareGroup(options(Mode.LEASE));
    try (KafkaShareConsumer<String, String> implicit = kafkas("implicit");
        KafkaShareConsumer<String, String> explicit = kafkas("explicit")) {
      assertThatThrownBy(() -> group.wrap(implicit))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("share.acknowledgement.mode")
          .hasMessageContaining("set it to explicit");
      ShareConsumer<String, String> wrapped = group.wrap(explicit);
      assertThat(group.wrap(wrapped)).isSameAs(wrapped);
      wrapped.close();
    }
  }

  @Test
  void kafkasMockWorks() {
    group = OnceOnlyKafka.shareGroup(options(Mode.CHECK_LOCK));
    MockShareConsumer<String, String> mock = new MockShareConsumer<>();
    try (ShareConsumer<String, String> wrapped = group.wrap(mock)) {
      wrapped.subscribe(List.of("payments"));
      mock.addRecord(new ConsumerRecord<>("payments", 0, 0, "a", "a"));
      int polled = 0;
      for (ConsumerRecord<String, String> record : wrapped.poll(Duration.ZERO)) {
        wrapped.acknowledge(record);
        polled++;
      }
      assertThat(polled).isEqualTo(1);
    }
  }

  private static KafkaShareConsumer<String, String> kafkas(String mode) {
    return new KafkaShareConsumer<>(
        Map.of(
            "bootstrap.servers",
            "127.0.0.1:1",
            "group.id",
            "billing",
            "share.acknowledgement.mode",
            mode,
            "key.deserializer",
            StringDeserializer.class,
            "value.deserializer",
            StringDeserializer.class));
  }

  private void runAll(int expected) {
    int ran = 0;
    pass(Duration.ofSeconds(2));
    for (int i = 0; i < expected + 1; i++) {
      List<ConsumerRecord<String, String>> polled = poll();
      run(polled);
      ran += polled.size();
    }
    consumer.commitSync();
    assertThat(ran).isEqualTo(expected);
  }

  private static List<String> values(List<ConsumerRecord<String, String>> records) {
    return records.stream().map(ConsumerRecord::value).toList();
  }
}
