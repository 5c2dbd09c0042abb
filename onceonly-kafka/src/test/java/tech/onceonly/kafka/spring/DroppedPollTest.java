package tech.onceonly.kafka.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DroppedPollTest {

  private static final TopicPartition P0 = new TopicPartition("t", 0);
  private static final TopicPartition P1 = new TopicPartition("t", 1);

  private final MockConsumer<String, String> consumer = new MockConsumer<>("earliest");

  @BeforeEach
  void poll() {
    consumer.assign(List.of(P0, P1));
    consumer.updateBeginningOffsets(Map.of(P0, 0L, P1, 0L));
    for (long offset = 0; offset < 5; offset++) {
      consumer.addRecord(new ConsumerRecord<>("t", 0, offset, "k", "v"));
    }
    assertThat(consumer.poll(Duration.ofMillis(1)).count()).isEqualTo(5);
  }

  @Test
  void whatWasPolledAndNotCommittedIsReadAgain() {
    consumer.commitSync(Map.of(P0, new OffsetAndMetadata(2), P1, new OffsetAndMetadata(0)));

    DroppedPoll.readAgain(consumer);

    assertThat(consumer.position(P0)).isEqualTo(2);
    assertThat(consumer.position(P1)).isZero();
  }

  @Test
  void withoutACommittedOffsetNobodyKnowsFromWhere() {
    consumer.commitSync(Map.of(P1, new OffsetAndMetadata(0)));

    assertThatIllegalStateException()
        .isThrownBy(() -> DroppedPoll.readAgain(consumer))
        .withMessageContaining("t-0");
  }

  @Test
  void anEmptyPartitionNeedsNoCommittedOffset() {
    consumer.commitSync(Map.of(P0, new OffsetAndMetadata(2)));

    DroppedPoll.readAgain(consumer);

    assertThat(consumer.position(P0)).isEqualTo(2);
    assertThat(consumer.position(P1)).isZero();
  }

  @Test
  void aWakeUpIsKnownAlsoWhereItIsWrapped() {
    assertThat(DroppedPoll.isBehind(new WakeupException())).isTrue();
    assertThat(DroppedPoll.isBehind(new IllegalStateException(new WakeupException()))).isTrue();
    assertThat(DroppedPoll.isBehind(new IllegalStateException("other"))).isFalse();
  }
}
