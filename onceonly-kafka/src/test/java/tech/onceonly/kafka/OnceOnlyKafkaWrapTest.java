package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.Test;
import tech.onceonly.GuardOptions;
import tech.onceonly.client.ClientOptions;

class OnceOnlyKafkaWrapTest extends WrapFixture {

  @Test
  void handsOverInOrderWithNextOffsets() {
    kafka.send(P0, "a", "b");
    kafka.send(P1, "c");
    wrap(checkLock());

    ConsumerRecords<String, String> records = consumer.poll(ONE_SECOND);

    assertThat(values(records)).containsExactly("a", "b", "c");
    assertThat(records.partitions()).containsExactly(P0, P1);
    assertThat(records.nextOffsets()).isEqualTo(Map.of(P0, next(2), P1, next(1)));
    assertThat(service.count("check-lock")).isEqualTo(3);
  }

  @Test
  void hidesDuplicatesAndMovesPast() {
    kafka.sendKeyed(P0, "a", "one");
    kafka.sendKeyed(P0, "b", "two");
    kafka.sendKeyed(P1, "a again", "one");
    wrap(checkLock());

    ConsumerRecords<String, String> records = consumer.poll(ONE_SECOND);

    assertThat(values(records)).containsExactly("a", "b");
    assertThat(records.partitions()).containsExactly(P0);
    assertThat(records.nextOffsets()).isEqualTo(Map.of(P0, next(2), P1, next(1)));
    assertThat(consumer.position(P1)).isEqualTo(1);
  }

  @Test
  void refusalSeeksEveryPartitionBackBeforeItThrowsAndGivesBack() {
    kafka.sendKeyed(P0, "a", "one");
    kafka.sendKeyed(P0, "b", "two");
    kafka.sendKeyed(P1, "c", "bad");
    wrap(lease());
    service.refuse("bad");

    assertThatThrownBy(() -> consumer.poll(ONE_SECOND))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("Invalid API key")
        .hasCauseInstanceOf(IllegalStateException.class);

    assertThat(kafka.positionOf(P0)).isZero();
    assertThat(kafka.positionOf(P1)).isZero();
    assertThat(service.leases).isEmpty();
    consumer.commitSync();
    assertThat(service.completed).isEmpty();

    service.mend();
    assertThat(values(consumer.poll(ONE_SECOND))).containsExactly("a", "b", "c");
  }

  @Test
  void refusalBearsPartitionsThatAreNoLongerAssigned() {
    kafka.sendKeyed(P0, "a", "bad");
    kafka.sendKeyed(P1, "b", "two");
    wrap(checkLock());
    service.refuse("bad");
    service.whenAsked = () -> kafka.assign(List.of(P1));

    assertThatThrownBy(() -> consumer.poll(ONE_SECOND)).isInstanceOf(RefusedException.class);

    assertThat(kafka.positionOf(P1)).isZero();
  }

  @Test
  void holdsAPartitionAtTheRecordThatWaits() {
    kafka.sendKeyed(P0, "a", "one");
    kafka.sendKeyed(P0, "b", "busy");
    kafka.sendKeyed(P0, "c", "three");
    kafka.sendKeyed(P1, "d", "four");
    wrap(lease());
    service.inProgressElsewhere("busy", Duration.ofSeconds(4));

    ConsumerRecords<String, String> records = consumer.poll(ONE_SECOND);

    assertThat(values(records)).containsExactly("a", "d");
    assertThat(records.nextOffsets()).isEqualTo(Map.of(P0, next(1), P1, next(1)));
    assertThat(kafka.positionOf(P0)).isEqualTo(1);
    assertThat(kafka.paused()).containsExactly(P0);
    assertThat(consumer.paused()).isEmpty();
    consumer.commitSync();
    assertThat(service.completed).hasSize(2);

    service.mend();
    advance(Duration.ofSeconds(3));
    assertThat(consumer.poll(Duration.ofMinutes(1))).isEmpty();
    assertThat(kafka.lastPollTimeout()).isEqualTo(ONE_SECOND);
    advance(ONE_SECOND);
    assertThat(values(consumer.poll(ONE_SECOND))).containsExactly("b", "c");
    assertThat(kafka.paused()).isEmpty();
    assertThat(service.calls.stream().filter(call -> call.endsWith("three"))).hasSize(1);
  }

  @Test
  void holdAtTheFirstRecordLeavesNoNextOffset() {
    kafka.sendKeyed(P0, "a", "busy");
    wrap(lease());
    service.inProgressElsewhere("busy", ONE_SECOND);

    assertThat(consumer.poll(ONE_SECOND).nextOffsets()).isEmpty();
  }

  @Test
  void throttlingAndFailClosedOutageHold() {
    kafka.send(P0, "a");
    wrap(checkLock().failOpen(false));
    service.throttle("", Duration.ofSeconds(2));
    assertThat(consumer.poll(ONE_SECOND)).isEmpty();
    assertThat(kafka.paused()).containsExactly(P0);

    service.down(false);
    advance(Duration.ofSeconds(2));
    assertThat(consumer.poll(ONE_SECOND)).isEmpty();
    assertThat(counters.count("decision.hold.outage")).isEqualTo(1);

    service.mend();
    advance(Duration.ofSeconds(1));
    assertThat(values(consumer.poll(ONE_SECOND))).containsExactly("a");
  }

  @Test
  void failsOpen() {
    kafka.send(P0, "a");
    wrap(checkLock());
    service.down(false);

    assertThat(values(consumer.poll(ONE_SECOND))).containsExactly("a");
  }

  @Test
  void whatTheUserPausesStaysPaused() {
    kafka.sendKeyed(P0, "a", "busy");
    kafka.sendKeyed(P1, "b", "two");
    wrap(lease());
    service.inProgressElsewhere("busy", ONE_SECOND);
    consumer.pause(List.of(P1));
    consumer.poll(ONE_SECOND);
    assertThat(consumer.paused()).containsExactly(P1);

    consumer.pause(List.of(P0));
    assertThat(consumer.paused()).containsExactlyInAnyOrder(P0, P1);
    service.mend();
    advance(ONE_SECOND);
    assertThat(consumer.poll(ONE_SECOND)).isEmpty();
    assertThat(consumer.paused()).containsExactlyInAnyOrder(P0, P1);

    consumer.resume(List.of(P0));
    assertThat(values(consumer.poll(ONE_SECOND))).containsExactly("a");
    assertThat(consumer.paused()).containsExactly(P1);
  }

  @Test
  void userCannotResumeWhatIsHeldTooEarly() {
    kafka.sendKeyed(P0, "a", "busy");
    wrap(lease());
    service.inProgressElsewhere("busy", ONE_SECOND);
    consumer.poll(ONE_SECOND);
    consumer.pause(List.of(P0));

    consumer.resume(List.of(P0));

    assertThat(consumer.paused()).isEmpty();
    assertThat(kafka.paused()).containsExactly(P0);
    advance(ONE_SECOND);
    service.mend();
    assertThat(values(consumer.poll(ONE_SECOND))).containsExactly("a");
  }

  @Test
  void makesAClientOfItsOwnFromOptions() {
    // Nothing listens on port 1: an outage, so that what comes from the client shows.
    ClientOptions client =
        ClientOptions.builder().apiKey("k").baseUrl("http://127.0.0.1:1").build();
    kafka.send(P0, "a");
    wrap(checkLock().client(client).failOpen(false));

    assertThat(consumer.poll(ONE_SECOND)).isEmpty();

    assertThat(service.calls).isEmpty();
    assertThat(counters.count("decision.hold.outage")).isEqualTo(1);
  }

  @Test
  void interruptSeeksBackAndIsRestored() {
    kafka.send(P0, "a");
    service.slow = true;
    wrap(lease().pollBudget(Duration.ofSeconds(20)));
    service.whenAsked = () -> Thread.currentThread().interrupt();

    assertThatThrownBy(() -> consumer.poll(ONE_SECOND)).isInstanceOf(InterruptException.class);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(kafka.positionOf(P0)).isZero();
    service.whenAsked = () -> {};
    service.answerAll();
    assertThat(values(consumer.poll(ONE_SECOND))).containsExactly("a");
    assertThat(service.count("lease")).isEqualTo(1);
    assertThat(service.count("cancel")).isZero();
  }

  @Test
  void whatIsNotAnsweredInTimeIsHeldAndNotAskedTwice() {
    kafka.send(P0, "a", "b");
    service.slow = true;
    wrap(lease().pollBudget(Duration.ofMillis(1)));

    assertThat(consumer.poll(ONE_SECOND)).isEmpty();
    assertThat(kafka.positionOf(P0)).isZero();
    assertThat(kafka.paused()).containsExactly(P0);

    service.answerAll();
    advance(ONE_SECOND);
    assertThat(values(consumer.poll(ONE_SECOND))).containsExactly("a", "b");
    assertThat(service.count("lease")).isEqualTo(2);
    assertThat(service.count("cancel")).isZero();
    consumer.commitSync();
    assertThat(service.completed).hasSize(2);
  }

  @Test
  void wakeupAndOtherFailuresComeThrough() {
    wrap(checkLock());
    consumer.wakeup();
    assertThatThrownBy(() -> consumer.poll(ONE_SECOND)).isExactlyInstanceOf(WakeupException.class);
    KafkaException failure = new KafkaException("broken");
    kafka.setPollException(failure);
    assertThatThrownBy(() -> consumer.poll(ONE_SECOND)).isSameAs(failure);
    assertThatThrownBy(() -> consumer.seek(new TopicPartition("other", 0), 1))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatItDoesNotKnowGoesThrough() {
    wrap(checkLock());
    Uuid id = Uuid.randomUuid();
    kafka.setClientInstanceId(id);
    assertThat(consumer.clientInstanceId(ONE_SECOND)).isEqualTo(id);
    assertThat(consumer.toString()).startsWith("OnceOnly[");
    assertThat(Set.of(consumer)).contains(consumer).doesNotContain(kafka);
  }

  @Test
  void wrappingTwiceAndWhenDisabledIsANoOp() {
    wrap(checkLock());
    assertThat(OnceOnlyKafka.wrap(consumer, checkLock().build())).isSameAs(consumer);
    assertThat(OnceOnlyKafka.wrap(kafka, checkLock().enabled(false).build())).isSameAs(kafka);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnceOnlyKafka.on(consumer, checkLock().build()));
  }

  @Test
  void leaseModeWithAutoCommitIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnceOnlyKafka.wrap(kafka, lease().autoCommit(true).build()))
        .withMessageContaining("enable.auto.commit=false");
  }

  @Test
  void excludedTopicsAndRecordsWithoutKeyPass() {
    kafka.send(P0, "a");
    wrap(
        checkLock()
            .keys("record-key")
            .excludedTopics(Set.of("orders"))
            .noKey(GuardOptions.NoKey.REFUSE));
    assertThat(values(consumer.poll(ONE_SECOND))).containsExactly("a");
    assertThat(service.calls).isEmpty();
  }
}
