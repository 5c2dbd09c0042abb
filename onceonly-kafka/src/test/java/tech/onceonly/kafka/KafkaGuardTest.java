package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import tech.onceonly.Decision;
import tech.onceonly.Mode;
import tech.onceonly.Settlement;

class KafkaGuardTest {

  private static final ConsumerRecord<String, String> RECORD =
      new ConsumerRecord<>("orders", 0, 7, "k", "v");

  private final FakeClaimService service = new FakeClaimService();

  @Test
  void afterItIsClosedRecordsWaitAndNeverRunUnprotected() {
    KafkaGuard guard =
        KafkaGuard.open(
            KafkaOptions.builder()
                .groupId("payments")
                .autoCommit(false)
                .mode(Mode.CHECK_LOCK)
                .claimService(service)
                .build(),
            Settlement.BY_OUTCOME);
    assertThat(guard.decide(RECORD)).isInstanceOf(Decision.Process.class);
    guard.close();
    int asked = service.calls.size();
    assertThat(guard.decide(RECORD)).isInstanceOf(Decision.Hold.class);
    assertThat(guard.decideAll(List.of(RECORD, RECORD)))
        .hasSize(2)
        .allMatch(Decision.Hold.class::isInstance);
    assertThat(service.calls).hasSize(asked);
  }
}
