package tech.onceonly.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.ClaimService;
import tech.onceonly.Decision;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.Mode;
import tech.onceonly.Outcome;
import tech.onceonly.SettleAnswer;

/** A completion that travels while the next message is claimed, and what waits for it. */
class SettleBehindTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final AtomicLong nanos = new AtomicLong();
  private final Leases service = new Leases();
  private volatile Thread thread;
  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(
          task -> {
            thread = new Thread(task, "listener");
            return thread;
          });
  private JmsGuard guard;

  @AfterEach
  void close() {
    service.settled.complete(new SettleAnswer.Done());
    guard.close();
    executor.shutdown();
  }

  @Test
  void theNextMessageIsClaimedMeanwhileAndRunsWhenTheServiceHasHeard() {
    open(PATIENCE);
    CompletableFuture<Decision> next = settleAndAdmitNext(Outcome.SUCCEEDED);

    awaitWait(next);
    assertThat(service.leased).hasSize(2);
    assertThat(service.completed).hasSize(1);
    assertThat(next).isNotDone();

    service.settled.complete(new SettleAnswer.Done());
    assertThat(next).succeedsWithin(PATIENCE).isInstanceOf(Decision.Process.class);
  }

  @Test
  void anotherThreadDoesNotWaitForIt() {
    open(PATIENCE);
    CompletableFuture<Decision> next = settleAndAdmitNext(Outcome.SUCCEEDED);
    awaitWait(next);

    assertThat(CompletableFuture.supplyAsync(() -> admit("p-3"))).succeedsWithin(PATIENCE);
    assertThat(next).isNotDone();
  }

  @Test
  void aConsumerThatHasMovedToAnotherThreadWaitsForIt() {
    open(PATIENCE);
    CompletableFuture<Void> first =
        CompletableFuture.runAsync(() -> guard.settleBehind(admit("p-1"), Outcome.SUCCEEDED));
    assertThat(first).succeedsWithin(PATIENCE);
    CompletableFuture<Decision> next = CompletableFuture.supplyAsync(() -> admit("p-2"), executor);

    awaitWait(next);
    assertThat(next).isNotDone();

    service.settled.complete(new SettleAnswer.Done());
    assertThat(next).succeedsWithin(PATIENCE).isInstanceOf(Decision.Process.class);
  }

  @Test
  void anAnswerThatDoesNotComeIsNotWaitedForLongerThanTheBudget() {
    open(Duration.ofMillis(100));

    assertThat(settleAndAdmitNext(Outcome.SUCCEEDED)).succeedsWithin(PATIENCE);
    assertThat(service.settled).isNotDone();
  }

  @Test
  void aFailureIsToldBeforeTheBrokerHandsItToAnother() {
    open(PATIENCE);
    CompletableFuture<Decision> next = settleAndAdmitNext(Outcome.FAILED);

    awaitWait(next);
    assertThat(service.cancelled).hasSize(1);
    assertThat(service.leased).hasSize(1);
  }

  @Test
  void aLeaseThatRanOutMeanwhileIsAskedForAnew() {
    open(PATIENCE);
    CompletableFuture<Decision> next = settleAndAdmitNext(Outcome.SUCCEEDED);
    awaitWait(next);

    nanos.addAndGet(Leases.TTL.plusSeconds(1).toNanos());
    service.settled.complete(new SettleAnswer.Done());

    assertThat(next).succeedsWithin(PATIENCE).isInstanceOf(Decision.Process.class);
    assertThat(service.leased).hasSize(3);
  }

  private void open(Duration budget) {
    guard =
        JmsGuard.open(
            JmsOptions.builder()
                .scope("shop")
                .queue("payments")
                .acknowledgement(Acknowledgement.TRANSACTED)
                .mode(Mode.LEASE)
                .leaseTtl(Leases.TTL)
                .claimBudget(budget)
                .maxWait(Duration.ZERO) // closing: what the tests let run is never settled
                .nanoTime(nanos::get)
                .claimService(service)
                .build());
  }

  /** One message after the other on one thread, as a container does. */
  private CompletableFuture<Decision> settleAndAdmitNext(Outcome outcome) {
    return CompletableFuture.supplyAsync(
        () -> {
          guard.settleBehind(admit("p-1"), outcome);
          return admit("p-2");
        },
        executor);
  }

  private Decision admit(String key) {
    return guard.admit(TestMessage.withKey(key).message(), PATIENCE);
  }

  /** Until it waits, or has ended without having waited. */
  private void awaitWait(CompletableFuture<?> next) {
    await()
        .until(
            () ->
                next.isDone()
                    || (service.isAsked() && thread.getState() == Thread.State.TIMED_WAITING));
  }

  /** Grants at once, and answers settlements when the test says so. */
  private static final class Leases implements ClaimService {

    static final Duration TTL = Duration.ofMinutes(10);

    final List<IdempotencyKey> leased = new CopyOnWriteArrayList<>();
    final List<String> completed = new CopyOnWriteArrayList<>();
    final List<String> cancelled = new CopyOnWriteArrayList<>();
    final CompletableFuture<SettleAnswer> settled = new CompletableFuture<>();

    /** Whether the first message was settled, and the next asked for where it can be. */
    boolean isAsked() {
      return !cancelled.isEmpty() || (!completed.isEmpty() && leased.size() > 1);
    }

    @Override
    public CompletionStage<ClaimAnswer> lease(ClaimRequest request) {
      leased.add(request.key());
      return CompletableFuture.completedFuture(
          new ClaimAnswer.Acquired("lease-" + leased.size(), leased.size(), TTL));
    }

    @Override
    public CompletionStage<SettleAnswer> complete(
        IdempotencyKey key, String leaseId, Duration timeout) {
      completed.add(leaseId);
      return settled;
    }

    @Override
    public CompletionStage<SettleAnswer> cancel(
        IdempotencyKey key, String leaseId, String reason, Duration timeout) {
      cancelled.add(leaseId);
      return settled;
    }

    @Override
    public CompletionStage<SettleAnswer> extend(
        IdempotencyKey key, String leaseId, Duration ttl, Duration timeout) {
      return CompletableFuture.completedFuture(new SettleAnswer.Done());
    }

    @Override
    public CompletionStage<ClaimAnswer> checkLock(ClaimRequest request) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<SettleAnswer> release(
        IdempotencyKey key, String requestId, Duration timeout) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean canRelease() {
      return false;
    }

    @Override
    public boolean canReplay() {
      return false;
    }

    @Override
    public void close() {}
  }
}
