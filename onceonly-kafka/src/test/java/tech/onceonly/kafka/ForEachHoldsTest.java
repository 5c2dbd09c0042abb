package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.junit.jupiter.api.Test;

/** Records that have to wait: what goes on meanwhile, and which partitions are paused, how long. */
class ForEachHoldsTest extends ForEachFixture {

  @Test
  void equalKeyBehindAHeldRecordRunsElsewhereInThePoll() {
    kafka.sendKeyed(P0, "busy", "busy");
    kafka.sendKeyed(P0, "first", "one");
    kafka.sendKeyed(P1, "second", "one");
    on(lease());
    service.inProgressElsewhere("busy", ONE_SECOND);

    runAll();
    assertThat(effects).containsExactly("second");

    service.mend();
    advance(ONE_SECOND);
    runAll();
    assertThat(effects).containsExactly("second", "busy");
    assertThat(kafka.positionOf(P0)).isEqualTo(2);
  }

  @Test
  void holdsOnePartitionWhileOthersGoOn() {
    kafka.sendKeyed(P0, "a", "one");
    kafka.sendKeyed(P0, "b", "busy");
    kafka.sendKeyed(P0, "c", "three");
    kafka.sendKeyed(P1, "d", "four");
    on(lease());
    service.inProgressElsewhere("busy", Duration.ofSeconds(3));

    runAll();

    assertThat(effects).containsExactly("a", "d");
    assertThat(kafka.positionOf(P0)).isEqualTo(1);
    assertThat(kafka.paused()).containsExactly(P0);
    assertThat(service.leases).isEmpty();
    assertThat(onceOnly.poll(Duration.ofMinutes(1))).isEmpty();
    assertThat(kafka.lastPollTimeout()).isEqualTo(Duration.ofSeconds(3));

    advance(Duration.ofSeconds(3));
    onceOnly.forEach(ConsumerRecords.empty(), (record, context) -> {});
    assertThat(kafka.paused()).isEmpty();
    runAll();
    assertThat(kafka.paused()).containsExactly(P0);
    assertThat(leasesOf("three")).as("asked once, given back once").isEqualTo(1);

    service.mend();
    advance(Duration.ofSeconds(3));
    runAll();
    assertThat(effects).containsExactly("a", "d", "b", "c");
    assertThat(leasesOf("three")).isEqualTo(2);
  }

  /** Nobody comes here when nothing is polled, and what is paused is not polled. */
  @Test
  void aLoopThatPassesOverEmptyPollsLeavesNothingPaused() {
    kafka.sendKeyed(P0, "a", "busy");
    kafka.sendKeyed(P1, "b", "two");
    on(lease());
    service.inProgressElsewhere("busy", Duration.ofMillis(20));
    for (int i = 0; i < 3; i++) {
      onceOnly.forEach(poll(), (record, context) -> effects.add(record.value()));
      assertThat(kafka.paused()).isEmpty();
    }
    assertThat(effects).containsExactly("b");

    service.mend();
    onceOnly.forEach(poll(), (record, context) -> effects.add(record.value()));
    assertThat(effects).containsExactly("b", "a");
  }

  @Test
  void norDoesItWhereTheHandlerThrows() {
    kafka.sendKeyed(P0, "a", "busy");
    kafka.sendKeyed(P1, "b", "two");
    on(lease());
    service.inProgressElsewhere("busy", Duration.ofMinutes(1));
    IllegalStateException failure = new IllegalStateException();
    assertThatThrownBy(() -> onceOnly.forEach(poll(), failingAt("b", failure))).isSameAs(failure);
    assertThat(kafka.paused()).isEmpty();
  }

  @Test
  void anInterruptEndsItsWaitAndStaysSet() {
    kafka.sendKeyed(P0, "a", "busy");
    kafka.sendKeyed(P1, "b", "two");
    on(lease());
    service.inProgressElsewhere("busy", Duration.ofMinutes(1));
    onceOnly.forEach(poll(), (record, context) -> Thread.currentThread().interrupt());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(kafka.paused()).isEmpty();
    assertThat(kafka.positionOf(P0)).isZero();
    assertThat(kafka.positionOf(P1)).isEqualTo(1);
  }

  @Test
  void userPausedPartitionIsNotResumed() {
    kafka.sendKeyed(P0, "a", "busy");
    on(lease());
    service.inProgressElsewhere("busy", ONE_SECOND);
    ConsumerRecords<String, String> polled = onceOnly.poll(ONE_SECOND);
    kafka.pause(List.of(P0));
    onceOnly.forEach(polled, (record, context) -> {});

    advance(ONE_SECOND);
    onceOnly.poll(ONE_SECOND);

    assertThat(kafka.paused()).containsExactly(P0);
  }
}
