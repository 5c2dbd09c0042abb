package tech.onceonly.kafka.spring;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.AcknowledgingMessageListener;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.support.Acknowledgment;
import tech.onceonly.Mode;
import tech.onceonly.Settlement;
import tech.onceonly.kafka.FakeClaimService;
import tech.onceonly.kafka.KafkaGuard;
import tech.onceonly.kafka.KafkaOptions;

/** Records of several partitions that are acknowledged in any order. */
class AsyncAcksTest {

  private final FakeClaimService service = new FakeClaimService();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<String> committed = new ArrayList<>();
  private final Map<String, Acknowledgment> given = new HashMap<>();
  private KafkaGuard guard;

  @AfterEach
  void stop() {
    timer.shutdownNow();
    guard.close();
  }

  /**
   * asyncAcks: the container polls nothing more until each record of its batch is acknowledged, or
   * its partition revoked. Partition 1 stays (cooperative), its record 0 is never acknowledged.
   */
  @Test
  void whatWasSkippedBehindARecordThatGoesIsNotWaitedForHere() {
    guard =
        KafkaGuard.open(
            KafkaOptions.builder()
                .groupId("payments")
                .autoCommit(false)
                .mode(Mode.LEASE)
                .claimService(service)
                .build(),
            Settlement.BY_OUTCOME);
    ListenerOutcomes outcomes = new ListenerOutcomes(guard, null, true);
    AcknowledgingMessageListener<String, String> keeps =
        (record, acknowledgment) ->
            given.put(record.partition() + "/" + record.offset(), acknowledgment);
    GuardedRecordListener<String, String> listener =
        new GuardedRecordListener<>(keeps, guard, topic -> false, hold(), outcomes);
    deliver(listener, 0, 0, "a");
    deliver(listener, 1, 0, "a");
    deliver(listener, 1, 1, "b");
    listener.onPartitionsRevoked(List.of(new TopicPartition("t", 0)));
    given.get("1/1").acknowledge(); // all that the listener has
    given.get("0/0").acknowledge(); // late, its partition is gone
    outcomes.commitSkipped();
    assertThat(committed).contains("1/1", "1/0");
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

  private void deliver(
      GuardedRecordListener<String, String> listener, int partition, long offset, String id) {
    ConsumerRecord<String, String> record = new ConsumerRecord<>("t", partition, offset, id, id);
    record.headers().add("Idempotency-Key", id.getBytes(StandardCharsets.UTF_8));
    listener.onMessage(record, () -> committed.add(partition + "/" + offset));
  }
}
