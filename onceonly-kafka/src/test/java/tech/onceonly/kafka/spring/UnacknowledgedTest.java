package tech.onceonly.kafka.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.AcknowledgingMessageListener;
import org.springframework.kafka.listener.BatchAcknowledgingMessageListener;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.support.Acknowledgment;
import tech.onceonly.Mode;
import tech.onceonly.Settlement;
import tech.onceonly.kafka.FakeClaimService;
import tech.onceonly.kafka.KafkaGuard;
import tech.onceonly.kafka.KafkaOptions;

/** What is committed, and what stays claimed, while a listener has not acknowledged everything. */
class UnacknowledgedTest {

  private final FakeClaimService service = new FakeClaimService();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<String> committed = new ArrayList<>();

  /** What the listener was given, by payment: it acknowledges when the test says so. */
  private final Map<String, Acknowledgment> given = new HashMap<>();

  private KafkaGuard guard;

  @AfterEach
  void stop() {
    timer.shutdownNow();
    guard.close();
  }

  @ParameterizedTest
  @EnumSource
  void aSkippedRecordIsNotCommittedOverOneThatTheListenerStillHas(Mode mode) {
    GuardedRecordListener<String, String> listener = recordListener(mode, outcomes(mode, false));
    deliver(listener, 0, "a");
    given.get("a").acknowledge();
    deliver(listener, 1, "b");
    deliver(listener, 2, "a");
    deliver(listener, 3, "a");
    deliver(listener, 4, "c");
    deliver(listener, 5, "a");
    assertThat(committed).containsExactly("0");
    given.get("b").acknowledge();
    assertThat(committed).as("what follows at once, by its last").containsExactly("0", "1", "3");
    given.get("c").acknowledge();
    assertThat(committed).containsExactly("0", "1", "3", "4", "5");
    deliver(listener, 6, "c");
    assertThat(committed).endsWith("6");
  }

  @Test
  void whatAnAcknowledgementCoversIsNotCommittedAfterIt() {
    GuardedRecordListener<String, String> listener =
        recordListener(Mode.LEASE, outcomes(Mode.LEASE, false));
    deliver(listener, 0, "a");
    given.get("a").acknowledge();
    deliver(listener, 1, "b");
    deliver(listener, 2, "a");
    deliver(listener, 3, "c");
    given.get("c").acknowledge();
    assertThat(committed).containsExactly("0", "3");
  }

  @Test
  void whatComesAgainIsDecidedAgain() {
    GuardedRecordListener<String, String> listener =
        recordListener(Mode.LEASE, outcomes(Mode.LEASE, false));
    deliver(listener, 0, "a");
    given.get("a").acknowledge();
    deliver(listener, 1, "b");
    deliver(listener, 2, "a");
    // The partition was taken back.
    deliver(listener, 1, "b");
    given.get("b").acknowledge();
    assertThat(committed).containsExactly("0", "1");
    deliver(listener, 2, "a");
    assertThat(committed).containsExactly("0", "1", "2");
  }

  @Test
  void aContainerThatKeepsTheOrderOfAcknowledgementsItselfIsToldAtOnce() {
    GuardedRecordListener<String, String> listener =
        recordListener(Mode.LEASE, outcomes(Mode.LEASE, true));
    deliver(listener, 0, "a");
    given.get("a").acknowledge();
    deliver(listener, 1, "b");
    deliver(listener, 2, "a");
    assertThat(committed).containsExactly("0", "2");
  }

  @Test
  void aRevokedPartitionsSkippedRecordsAreTheNextOwners() {
    ListenerOutcomes outcomes = outcomes(Mode.LEASE, false);
    GuardedRecordListener<String, String> listener = recordListener(Mode.LEASE, outcomes);
    deliver(listener, 0, "a");
    given.get("a").acknowledge();
    deliver(listener, 1, "b");
    deliver(listener, 2, "a");
    listener.onPartitionsRevoked(List.of(new TopicPartition("t", 0)));
    outcomes.commitSkipped();
    assertThat(committed).containsExactly("0");
  }

  @ParameterizedTest
  @EnumSource
  void aSkippedBatchIsNotCommittedOverOneThatTheListenerStillHas(Mode mode) {
    GuardedBatchListener<String, String> listener =
        batchListener(
            (BatchAcknowledgingMessageListener<String, String>)
                (records, acknowledgment) -> given.put(records.get(0).value(), acknowledgment),
            outcomes(mode, false));
    deliver(listener, record(0, "a"), record(1, "b"));
    given.get("a").acknowledge();
    deliver(listener, record(2, "c"), record(3, "a"));
    deliver(listener, record(4, "a"), record(5, "b"));
    assertThat(committed).containsExactly("1");
    given.get("c").acknowledge();
    assertThat(committed).containsExactly("1", "3", "5");
  }

  @ParameterizedTest
  @EnumSource
  void aBatchThatMustWaitAndCannotGivesItsClaimsBack(Mode mode) {
    service.releasable = true;
    service.refuse("Key:b");
    List<String> ran = new ArrayList<>();
    GuardedBatchListener<String, String> listener =
        batchListener(
            (BatchMessageListener<String, String>)
                records -> records.forEach(record -> ran.add(record.value())),
            outcomes(mode, false));
    // No container's error handler is decorated here.
    assertThatThrownBy(() -> listener.onMessage(List.of(record(0, "a"), record(1, "b"))))
        .isInstanceOf(Error.class)
        .hasMessageContaining("OnceOnlySpringKafka.protect");
    guard.awaitAllSettled();
    assertThat(ran).isEmpty();
    assertThat(service.leases).isEmpty();
    assertThat(service.locks).isEmpty();
  }

  private ListenerOutcomes outcomes(Mode mode, boolean outOfOrder) {
    guard =
        KafkaGuard.open(
            KafkaOptions.builder()
                .groupId("payments")
                .autoCommit(false)
                .mode(mode)
                .claimService(service)
                .build(),
            Settlement.BY_OUTCOME);
    return new ListenerOutcomes(guard, null, outOfOrder);
  }

  private GuardedRecordListener<String, String> recordListener(
      Mode mode, ListenerOutcomes outcomes) {
    assertThat(guard.options().mode()).isEqualTo(mode);
    AcknowledgingMessageListener<String, String> keeps =
        (record, acknowledgment) -> given.put(record.value(), acknowledgment);
    return new GuardedRecordListener<>(keeps, guard, topic -> false, hold(), outcomes);
  }

  private GuardedBatchListener<String, String> batchListener(
      BatchMessageListener<String, String> delegate, ListenerOutcomes outcomes) {
    return new GuardedBatchListener<>(delegate, guard, topic -> false, hold(), outcomes);
  }

  private ContainerHold hold() {
    return new ContainerHold(
        new ConcurrentMessageListenerContainer<>(
            new DefaultKafkaConsumerFactory<>(Map.of()), new ContainerProperties("t")),
        timer,
        InstantSource.system(),
        OnRefusal.STOP,
        Duration.ofSeconds(1));
  }

  private void deliver(GuardedRecordListener<String, String> listener, long offset, String id) {
    listener.onMessage(record(offset, id), () -> committed.add(String.valueOf(offset)));
  }

  @SafeVarargs
  private void deliver(
      GuardedBatchListener<String, String> listener, ConsumerRecord<String, String>... records) {
    long last = records[records.length - 1].offset();
    listener.onMessage(List.of(records), () -> committed.add(String.valueOf(last)));
  }

  private static ConsumerRecord<String, String> record(long offset, String id) {
    ConsumerRecord<String, String> record = new ConsumerRecord<>("t", 0, offset, id, id);
    record.headers().add("Idempotency-Key", id.getBytes(StandardCharsets.UTF_8));
    return record;
  }
}
