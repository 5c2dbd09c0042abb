package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicIdPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import tech.onceonly.Mode;

/** The broker's acquisition locks: renewed while a record is at work or waits, and when lost. */
class ShareLocksTest extends ShareGroupFixture {

  @Test
  void locksAreRenewedWhileTheUserIsAtWork() {
    start(Mode.LEASE);
    kafka.add("a", "b");
    List<ConsumerRecord<String, String>> polled = poll();
    consumer.acknowledge(polled.get(0), AcknowledgeType.ACCEPT);
    for (int i = 1; i <= 3; i++) {
      int expected = i;
      pass(Duration.ofSeconds(20));
      Awaitility.await().until(() -> kafka.renewals == expected);
    }
    consumer.acknowledge(polled.get(1), AcknowledgeType.ACCEPT);
    consumer.commitSync();
    assertThat(kafka.told.values()).hasSize(2).containsOnly(AcknowledgeType.ACCEPT);
  }

  @Test
  void workWhoseLockWasLostIsSettledAllTheSame() {
    start(Mode.LEASE);
    List<Exception> failures = new ArrayList<>();
    List<Map<TopicIdPartition, Set<Long>>> told = new ArrayList<>();
    consumer.setAcknowledgementCommitCallback(
        (offsets, failure) -> {
          told.add(offsets);
          failures.add(failure);
        });
    kafka.add("a");
    ConsumerRecord<String, String> record = poll().get(0);
    kafka.loseLocks();
    pass(Duration.ofSeconds(20));
    Awaitility.await().until(() -> kafka.refused > 0);
    consumer.acknowledge(record, AcknowledgeType.ACCEPT);
    consumer.commitSync();
    assertThat(kafka.told).isEmpty();
    assertThat(service.completed).hasSize(1);
    assertThat(failures).hasSize(1).doesNotContainNull();
  }

  @Test
  void theUsersCallbackHearsOfNoRenewal() {
    start(Mode.LEASE);
    List<Map<TopicIdPartition, Set<Long>>> told = new ArrayList<>();
    consumer.setAcknowledgementCommitCallback((offsets, failure) -> told.add(offsets));
    service.throttle(":b", Duration.ofSeconds(1));
    kafka.add("a", "b");
    run(poll());
    pass(Duration.ofSeconds(20));
    assertThat(poll()).isEmpty();
    assertThat(kafka.renewals).isEqualTo(1);
    assertThat(told).hasSize(1);
    assertThat(told.get(0).values()).containsExactly(Set.of(0L));
  }

  @Test
  void aRenewedRecordIsHandedOverAgainUnderItsClaim() {
    start(Mode.LEASE);
    kafka.add("a");
    ConsumerRecord<String, String> record = poll().get(0);
    consumer.acknowledge(record, AcknowledgeType.RENEW);
    assertThat(poll()).containsExactly(record);
    assertThat(service.count("lease")).isEqualTo(1);
  }

  @Test
  void aRenewedRecordIsNotHandedOverUnderALeaseThatHasRunOut() {
    start(builder(Mode.LEASE).leaseTtl(Duration.ofSeconds(10)).build());
    kafka.add("a");
    ConsumerRecord<String, String> record = poll().get(0);
    consumer.acknowledge(record, AcknowledgeType.RENEW);
    pass(Duration.ofSeconds(11));
    service.leases.replaceAll((key, holder) -> "another's");
    assertThat(poll()).isEmpty();
    service.leases.clear();
    pass(Duration.ofSeconds(10));
    assertThat(poll()).containsExactly(record);
    assertThat(OnceOnlyShareGroup.contextOf(consumer, record).leaseId()).isEqualTo("l3");
  }
}
