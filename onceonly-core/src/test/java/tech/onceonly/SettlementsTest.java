package tech.onceonly;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.Decision.Process;

class SettlementsTest {

  private final GuardFixture at = new GuardFixture();
  private final DeliveryGuard guard = at.checkLock();
  private final Settlements settlements = new Settlements(guard);

  @AfterEach
  void close() {
    assertThat(Thread.interrupted()).as("the flag that a test has set").isFalse();
    at.close();
  }

  @Test
  void anInterruptDoesNotEndTheWaitAndStaysSet() {
    at.service.releasable = true;
    Process first = at.process(guard, "0/1");
    at.service.slowRelease =
        new CompletableFuture<SettleAnswer>()
            .completeOnTimeout(new SettleAnswer.Done(), 50, TimeUnit.MILLISECONDS);
    Thread.currentThread().interrupt();
    settlements.settle(first, Outcome.FAILED);
    settlements.giveBackAndAwait(Duration.ofSeconds(30));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(at.counters.count("settled.failed")).isEqualTo(1);
  }

  @Test
  void theWaitIsBounded() {
    at.service.releasable = true;
    Process first = at.process(guard, "0/1");
    at.service.slowRelease = new CompletableFuture<>();
    settlements.settle(first, Outcome.FAILED);
    settlements.await(Duration.ofMillis(10));
    assertThat(at.counters.count("settled.failed")).isZero();
  }
}
