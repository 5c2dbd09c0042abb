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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
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
  private final ExecutorService other = Executors.newSingleThreadExecutor();
  private final List<String> committed = new ArrayList<>();

  /** What the listener was given, by payment: it acknowledges when the test says so. */
  private final Map<String, Acknowledgment> given = new HashMap<>();

  private Runnable inListener = () -> {};
  private KafkaGuard guard;

  @AfterEach
  void stop() {
    timer.shutdownNow();
    other.shutdownNow();
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

  @ParameterizedTest
  @EnumSource
  void anEqualRecordOfOneThatTheListenerStillHasIsSkippedAndCommittedWithIt(Mode mode) {
    GuardedRecordListener<String, String> listener = recordListener(mode, outcomes(mode, false));
    deliver(listener, 0, "a");
    Acknowledgment first = given.get("a");
    deliver(listener, 1, "b");
    deliver(listener, 2, "a");
    deliver(listener, 3, "c");
    assertThat(given.get("a")).as("was not given again").isSameAs(first);
    assertThat(committed).isEmpty();
    given.get("b").acknowledge();
    assertThat(committed).containsExactly("1", "2");
    given.get("c").acknowledge();
    assertThat(committed).containsExactly("1", "2", "3");
  }

  @ParameterizedTest
  @EnumSource
  void anEqualRecordComesAgainWithTheOneThatTheListenerStillHad(Mode mode) {
    GuardedRecordListener<String, String> listener = recordListener(mode, outcomes(mode, false));
    deliver(listener, 0, "a");
    deliver(listener, 1, "a");
    // The partition was taken back.
    deliver(listener, 0, "a");
    assertThat(committed).isEmpty();
    deliver(listener, 1, "a");
    given.get("a").acknowledge();
    assertThat(committed).containsExactly("0", "1");
  }

  @Test
  void anEqualRecordOfAnotherPartitionIsNotCommittedBeforeTheFirstIsAcknowledged() {
    GuardedRecordListener<String, String> listener =
        recordListener(Mode.LEASE, outcomes(Mode.LEASE, false));
    deliver(listener, 0, "a");
    Acknowledgment first = given.get("a");
    deliver(listener, other(0, "a"), "other 0");
    deliver(listener, other(1, "a"), "other 1");
    // The first's partition was taken back: it has not succeeded.
    deliver(listener, 0, "a");
    assertThat(given.get("a")).isNotSameAs(first);
    assertThat(committed).isEmpty();
    given.get("a").acknowledge();
    assertThat(committed).containsExactly("0", "other 1");
  }

  @Test
  void anEqualRecordOfAnotherPartitionIsNotCommittedWhenTheFirstsIsRevoked() {
    ListenerOutcomes outcomes = outcomes(Mode.LEASE, false);
    GuardedRecordListener<String, String> listener = recordListener(Mode.LEASE, outcomes);
    deliver(listener, 0, "a");
    deliver(listener, other(0, "a"), "other 0");
    listener.onPartitionsRevoked(List.of(new TopicPartition("t", 0)));
    outcomes.commitSkipped();
    assertThat(committed).isEmpty();
  }

  @Test
  void whereRecordsAreAcknowledgedAloneAnEqualOneWaitsForItsFirstAlone() {
    GuardedRecordListener<String, String> listener =
        recordListener(Mode.LEASE, outcomes(Mode.LEASE, true));
    deliver(listener, 0, "b");
    deliver(listener, 1, "a");
    deliver(listener, 2, "a");
    assertThat(committed).isEmpty();
    given.get("a").acknowledge();
    assertThat(committed).containsExactly("1", "2");
  }

  @Test
  void anEqualRecordOfOneThatIsStillAtWorkWaits() {
    GuardedRecordListener<String, String> listener =
        recordListener(Mode.LEASE, outcomes(Mode.LEASE, false));
    inListener =
        () -> {
          inListener = () -> {};
          // No container's error handler is decorated here, so that it is an error.
          assertThatThrownBy(() -> deliver(listener, other(0, "a"), "other 0"))
              .isInstanceOf(Error.class)
              .hasMessageContaining("must wait");
        };
    deliver(listener, 0, "a");
    assertThat(committed).isEmpty();
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

  /** It was lost while the other thread's consumer did not poll, which hears of that late. */
  @ParameterizedTest
  @EnumSource
  void whatTheNextConsumerOfALostPartitionHasIsNotLeftByTheOneBefore(Mode mode) {
    GuardedRecordListener<String, String> listener = recordListener(mode, outcomes(mode, false));
    elsewhere(() -> deliver(listener, 0, "a"));
    deliver(listener, 0, "a");
    elsewhere(() -> listener.onPartitionsRevoked(List.of(new TopicPartition("t", 0))));
    given.get("a").acknowledge();
    Acknowledgment acknowledged = given.get("a");
    deliver(listener, 1, "a");
    assertThat(given.get("a")).as("was not given again").isSameAs(acknowledged);
    assertThat(committed).containsExactly("0", "1");
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

  /** On another consumer's thread. */
  private void elsewhere(Runnable step) {
    assertThat(CompletableFuture.runAsync(step, other)).succeedsWithin(Duration.ofSeconds(10));
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
        (record, acknowledgment) -> {
          given.put(record.value(), acknowledgment);
          inListener.run();
        };
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
    deliver(listener, record(offset, id), String.valueOf(offset));
  }

  private void deliver(
      GuardedRecordListener<String, String> listener,
      ConsumerRecord<String, String> record,
      String position) {
    listener.onMessage(record, () -> committed.add(position));
  }

  @SafeVarargs
  private void deliver(
      GuardedBatchListener<String, String> listener, ConsumerRecord<String, String>... records) {
    long last = records[records.length - 1].offset();
    listener.onMessage(List.of(records), () -> committed.add(String.valueOf(last)));
  }

  private static ConsumerRecord<String, String> record(long offset, String id) {
    return record(0, offset, id);
  }

  private static ConsumerRecord<String, String> other(long offset, String id) {
    return record(1, offset, id);
  }

  private static ConsumerRecord<String, String> record(int partition, long offset, String id) {
    ConsumerRecord<String, String> record = new ConsumerRecord<>("t", partition, offset, id, id);
    record.headers().add("Idempotency-Key", id.getBytes(StandardCharsets.UTF_8));
    return record;
  }
}
