package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import tech.onceonly.Decision;
import tech.onceonly.Mode;
import tech.onceonly.Settlement;

class KafkaGuardTest {

  private static final ConsumerRecord<String, String> RECORD =
      new ConsumerRecord<>("orders", 0, 7, "k", "v");

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final FakeClaimService service = new FakeClaimService();

  @Test
  void afterItIsClosedRecordsWaitAndNeverRunUnprotected() {
    KafkaGuard guard = open();
    assertThat(guard.decide(RECORD)).isInstanceOf(Decision.Process.class);
    guard.close();
    int asked = service.calls.size();
    assertThat(guard.decide(RECORD)).isInstanceOf(Decision.Hold.class);
    assertThat(guard.decideAll(List.of(RECORD, RECORD)))
        .hasSize(2)
        .allMatch(Decision.Hold.class::isInstance);
    assertThat(service.calls).hasSize(asked);
  }

  @Test
  void aQuestionUnderWayIsAnsweredBeforeTheServiceGoes() {
    KafkaGuard guard = open();
    service.slow = true;
    CompletableFuture<Decision> decided = CompletableFuture.supplyAsync(() -> guard.decide(RECORD));
    await().until(() -> service.count("check-lock") == 1);
    Thread closing = new Thread(guard::close);
    closing.start();
    await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
    service.answerAll();
    assertThat(decided).succeedsWithin(PATIENCE).isInstanceOf(Decision.Process.class);
    await().until(() -> closing.getState() == Thread.State.TERMINATED);
  }

  private KafkaGuard open() {
    return KafkaGuard.open(
        KafkaOptions.builder()
            .groupId("payments")
            .autoCommit(false)
            .mode(Mode.CHECK_LOCK)
            .pollBudget(PATIENCE)
            .claimService(service)
            .build(),
        Settlement.BY_OUTCOME);
  }
}
