package tech.onceonly.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.jms.MessageListener;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Process;
import tech.onceonly.Mode;
import tech.onceonly.Outcome;
import tech.onceonly.server.junit.OnceOnlyServerExtension;

/** Closing while a listener works: what becomes of its claim. */
class ClosingAtWorkTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private final JmsFixture fixture = new JmsFixture(server);
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch end = new CountDownLatch(1);
  private Thread closing = new Thread(() -> {});

  @AfterEach
  void end() throws InterruptedException {
    end.countDown();
    closing.join();
  }

  @Test
  void theLeaseOfAListenerThatSucceedsIsCompleted() {
    OnceOnlyJms onceOnly = open(Acknowledgement.CLIENT, Mode.LEASE, PATIENCE);
    CompletableFuture<Void> listening = listen(onceOnly.decorate(message -> work()));

    closeAtWork(onceOnly);
    end.countDown();

    assertThat(listening).succeedsWithin(PATIENCE);
    awaitClosed();
    server.assertCompleted("p-1");
  }

  @Test
  void aListenerThatFailsGivesItsCheckLockBack() {
    OnceOnlyJms onceOnly = open(Acknowledgement.CLIENT, Mode.CHECK_LOCK, PATIENCE);
    CompletableFuture<Void> listening =
        listen(
            onceOnly.decorate(
                message -> {
                  work();
                  throw new IllegalStateException("by the test");
                }));

    closeAtWork(onceOnly);
    end.countDown();

    assertThat(listening).failsWithin(PATIENCE);
    awaitClosed();
    try (OnceOnlyJms elsewhere = open(Acknowledgement.CLIENT, Mode.CHECK_LOCK, PATIENCE)) {
      elsewhere.decorate(fixture::run).onMessage(TestMessage.withKey("p-1").message());
    }
    assertThat(fixture.ran).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource
  void aTransactionThatIsCommittedIsHeardOf(Mode mode) {
    OnceOnlyJms onceOnly = open(Acknowledgement.TRANSACTED, mode, PATIENCE);
    JmsTransaction transaction = onceOnly.transaction();
    MessageListener listener = transaction.decorate(message -> work());
    CountDownLatch returned = new CountDownLatch(1);
    CountDownLatch commit = new CountDownLatch(1);
    CompletableFuture<Void> committing =
        listen(listener)
            .thenRun(
                () -> {
                  returned.countDown();
                  until(commit);
                  transaction.committed();
                });

    closeAtWork(onceOnly);
    end.countDown();
    until(returned);
    assertThat(closing.isAlive()).as("closing waits for the commit").isTrue();
    commit.countDown();

    assertThat(committing).succeedsWithin(PATIENCE);
    awaitClosed();
    assertThat(fixture.counters.count("settled.succeeded")).isEqualTo(1);
    assertThat(fixture.counters.count("settle.given_up")).isZero();
  }

  @Test
  void whatIsBegunAnewBeforeItsFormerRunWasSettledIsWaitedFor() {
    AtomicLong nanos = new AtomicLong();
    JmsGuard guard =
        JmsGuard.open(
            fixture
                .options(Acknowledgement.TRANSACTED, Mode.LEASE)
                .leaseTtl(Duration.ofMinutes(30))
                .maxWait(PATIENCE)
                .nanoTime(nanos::get)
                .build());
    // The hook tells no outcome: its session was recovered by its provider.
    WeakReference<Decision> former = new WeakReference<>(process(guard));
    nanos.addAndGet(Duration.ofMinutes(31).toNanos());
    Decision anew = process(guard);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              System.gc();
              return former.get() == null;
            });
    begun.countDown();

    closeAtWork(guard);
    assertThat(closing.isAlive()).as("closing waits for the run that was begun anew").isTrue();
    guard.settle(anew, Outcome.SUCCEEDED);

    awaitClosed();
    assertThat(fixture.counters.count("settled.succeeded")).isEqualTo(1);
  }

  @Test
  void aListenerThatHangsIsWaitedForSoLong() {
    OnceOnlyJms onceOnly = open(Acknowledgement.CLIENT, Mode.LEASE, Duration.ofMillis(200));
    CompletableFuture<Void> listening = listen(onceOnly.decorate(message -> work()));
    until(begun);

    onceOnly.close();

    assertThat(listening).isNotDone();
    end.countDown();
    assertThat(listening).succeedsWithin(PATIENCE);
    assertThat(fixture.counters.count("settle.given_up")).isEqualTo(1);
  }

  @Test
  void aListenerThatClosesDoesNotWaitForItself() {
    OnceOnlyJms onceOnly = open(Acknowledgement.CLIENT, Mode.LEASE, Duration.ofDays(1));
    assertThat(listen(onceOnly.decorate(message -> onceOnly.close()))).succeedsWithin(PATIENCE);
  }

  private OnceOnlyJms open(Acknowledgement acknowledgement, Mode mode, Duration maxWait) {
    return OnceOnlyJms.open(fixture.options(acknowledgement, mode).maxWait(maxWait).build());
  }

  private static Decision process(JmsGuard guard) {
    Decision decision = guard.decide(TestMessage.withKey("p-1").message());
    assertThat(decision).isInstanceOf(Process.class);
    return decision;
  }

  private static CompletableFuture<Void> listen(MessageListener listener) {
    return CompletableFuture.runAsync(
        () -> listener.onMessage(TestMessage.withKey("p-1").message()));
  }

  private void work() {
    begun.countDown();
    until(end);
  }

  /** Until it waits, or has ended without having waited. */
  private void closeAtWork(OnceOnlyJms onceOnly) {
    closeAtWork(onceOnly::close);
  }

  private void closeAtWork(JmsGuard guard) {
    closeAtWork(guard::close);
  }

  private void closeAtWork(Runnable close) {
    until(begun);
    closing = new Thread(close);
    closing.start();
    await()
        .atMost(PATIENCE)
        .until(() -> !closing.isAlive() || closing.getState() == Thread.State.TIMED_WAITING);
  }

  private void awaitClosed() {
    await().atMost(PATIENCE).until(() -> !closing.isAlive());
  }

  private static void until(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CompletionException(e);
    }
  }
}
