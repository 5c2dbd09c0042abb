package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnceOnlyKafkaForEachTest extends ForEachFixture {

  @Test
  void runsInOrderWithALeaseAndCompletes() {
    kafka.send(P0, "a", "b");
    kafka.send(P1, "c");
    on(lease());
    List<String> leaseIds = new ArrayList<>();

    onceOnly.forEach(
        poll(),
        (record, context) -> {
          effects.add(record.value());
          leaseIds.add(context.leaseId());
          assertThat(context.isProtected()).isTrue();
          assertThat(context.isLost()).isFalse();
          assertThat(context.version()).isPositive();
          assertThat(service.count("lease")).isEqualTo(3);
          assertThat(service.completed).hasSize(effects.size() - 1);
        });

    assertThat(effects).containsExactly("a", "b", "c");
    assertThat(leaseIds).containsExactly("l1", "l2", "l3");
    assertThat(service.completed).hasSize(3);
    kafka.commitSync();
    assertThat(kafka.positionOf(P0)).isEqualTo(2);
  }

  @Test
  void checkLockClaimsEachRecordAtItsTurn() {
    kafka.send(P0, "a", "b");
    on(checkLock());

    onceOnly.forEach(
        poll(),
        (record, context) -> {
          effects.add(record.value());
          assertThat(context.leaseId()).isNull();
          assertThat(context.version()).isZero();
          assertThat(service.count("check-lock")).isEqualTo(effects.size());
        });

    assertThat(effects).containsExactly("a", "b");
  }

  @Test
  void leaseModeSkipsEqualKeysAcrossPartitions() {
    skipsEqualKeys(lease());
  }

  @Test
  void checkLockModeSkipsEqualKeys() {
    skipsEqualKeys(checkLock());
  }

  /**
   * A listener of a dead-letter topic splits a record, say, and copies its headers to the parts.
   */
  @ParameterizedTest
  @ValueSource(strings = {"kafka_original-", "kafka_dlt-original-"})
  void recordsThatCarryCopiesOfAnOthersOriginAreEffectsOfTheirOwn(String prefix) {
    RecordHeaders copied = OriginHeaders.add(new RecordHeaders(), prefix, "payments", 1, 7, 1_600);
    kafka.sendWith(P0, "a", copied);
    kafka.sendWith(P0, "b", copied);
    on(lease());
    runAll();
    assertThat(effects).containsExactly("a", "b");
  }

  private void skipsEqualKeys(KafkaOptions.Builder options) {
    kafka.sendKeyed(P0, "a", "one");
    kafka.sendKeyed(P0, "b", "one");
    kafka.sendKeyed(P1, "c", "one");
    on(options);
    runAll();
    assertThat(effects).containsExactly("a");
    assertThat(kafka.positionOf(P0)).isEqualTo(2);
    assertThat(kafka.positionOf(P1)).isEqualTo(1);
  }

  @Test
  void aHandlerThatThrowsLosesNothing() {
    kafka.send(P0, "a", "b", "c");
    kafka.send(P1, "d", "e");
    on(lease());
    IOException failure = new IOException("no card");

    assertThatThrownBy(
            () ->
                onceOnly.forEach(
                    poll(),
                    (record, context) -> {
                      effects.add(record.value());
                      if (record.value().equals("b")) {
                        throw failure;
                      }
                    }))
        .isSameAs(failure);

    assertThat(kafka.positionOf(P0)).isEqualTo(1);
    assertThat(kafka.positionOf(P1)).isZero();
    assertThat(service.completed).hasSize(1);
    assertThat(service.leases).isEmpty();
    runAll();
    assertThat(effects).containsExactly("a", "b", "b", "c", "d", "e");
    assertThat(service.completed).hasSize(5);
  }

  @Test
  void aFinishedPartitionIsNotSoughtBack() {
    kafka.send(P0, "a");
    kafka.send(P1, "b", "c");
    on(lease());

    assertThatThrownBy(() -> onceOnly.forEach(poll(), failingAt("c", new AssertionError("no"))))
        .isInstanceOf(AssertionError.class);

    assertThat(kafka.positionOf(P0)).isEqualTo(1);
    assertThat(kafka.positionOf(P1)).isEqualTo(1);
  }

  @Test
  void checkLockRetryOfItsOwnFailureRuns() {
    kafka.send(P0, "a");
    on(checkLock());
    IllegalStateException failure = new IllegalStateException();
    assertThatThrownBy(() -> onceOnly.forEach(poll(), failingAt("a", failure))).isSameAs(failure);

    runAll();

    assertThat(effects).containsExactly("a", "a");
    assertThat(service.count("check-lock")).isEqualTo(1);
  }

  @Test
  void firstOfEqualKeysFailsSecondIsNotDropped() {
    kafka.sendKeyed(P0, "first", "one");
    kafka.sendKeyed(P1, "second", "one");
    on(lease());
    assertThatThrownBy(
            () -> onceOnly.forEach(poll(), failingAt("first", new IllegalStateException())))
        .isInstanceOf(IllegalStateException.class);
    kafka.pause(List.of(P0));

    runAll();

    assertThat(effects).containsExactly("first", "second");
  }

  /** The process was stopped for longer than its leases, and others own what it had not begun. */
  @Test
  void nothingIsBegunUnderALeaseThatHasRunOut() {
    kafka.sendKeyed(P0, "a", "one");
    kafka.sendKeyed(P0, "b", "two");
    kafka.sendKeyed(P1, "c", "three");
    on(lease());

    onceOnly.forEach(
        onceOnly.poll(ONE_SECOND),
        (record, context) -> {
          effects.add(record.value());
          if (record.value().equals("a")) {
            advance(Duration.ofMinutes(5));
            service.leases.replaceAll(
                (key, holder) -> key.endsWith("three") ? holder : "another's");
          }
        });

    assertThat(effects).as("b is another's, c can still be had").containsExactly("a", "c");
    assertThat(kafka.positionOf(P0)).isEqualTo(1);
    assertThat(kafka.positionOf(P1)).isEqualTo(1);
  }

  @Test
  void refusalStopsAndSeeksBack() {
    kafka.sendKeyed(P0, "a", "one");
    kafka.sendKeyed(P0, "b", "bad");
    kafka.sendKeyed(P1, "c", "three");
    on(lease());
    service.refuse("bad");

    assertThatThrownBy(this::runAll).isInstanceOf(RefusedException.class);

    assertThat(effects).containsExactly("a");
    assertThat(kafka.positionOf(P0)).isEqualTo(1);
    assertThat(kafka.positionOf(P1)).isZero();
    assertThat(service.leases).isEmpty();
    assertThat(service.completed).hasSize(1);
  }

  @Test
  void outageRunsUnprotected() {
    kafka.send(P0, "a");
    on(checkLock());
    service.down(false);

    onceOnly.forEach(poll(), (record, context) -> effects.add(context.isProtected() + ""));

    assertThat(effects).containsExactly("false");
  }

  @Test
  void interruptWhileWaitingSeeksBackAndIsRestored() {
    kafka.send(P0, "a");
    service.slow = true;
    on(lease().pollBudget(Duration.ofSeconds(20)));
    service.whenAsked = () -> Thread.currentThread().interrupt();

    assertThatThrownBy(this::runAll).isInstanceOf(InterruptException.class);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(effects).isEmpty();
    assertThat(kafka.positionOf(P0)).isZero();
    service.whenAsked = () -> {};
    service.slow = false;
    service.answerAll();
    assertThat(service.leases).isEmpty();
    runAll();
    assertThat(effects).containsExactly("a");
  }

  @Test
  void interruptedHandlerIsRethrownUntouched() {
    kafka.send(P0, "a");
    on(lease());
    InterruptedException failure = new InterruptedException();
    assertThatThrownBy(
            () ->
                onceOnly.forEach(
                    poll(),
                    (record, context) -> {
                      Thread.currentThread().interrupt();
                      throw failure;
                    }))
        .isSameAs(failure);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(kafka.positionOf(P0)).isZero();
    assertThat(service.leases).isEmpty();
  }

  @Test
  void disabledRunsEverythingAndAsksNothing() {
    kafka.sendKeyed(P0, "a", "one");
    kafka.sendKeyed(P0, "b", "one");
    on(lease().enabled(false));
    runAll();
    assertThat(effects).containsExactly("a", "b");
    assertThat(service.calls).isEmpty();
  }

  @Test
  void closedRefusesToRun() {
    on(lease().ownedClaimService(() -> service));
    onceOnly.close();
    assertThat(service.closed).isTrue();
    assertThatThrownBy(this::runAll).isInstanceOf(IllegalStateException.class);
  }
}
