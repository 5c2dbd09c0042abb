package tech.onceonly.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.Decision.HoldReason;
import tech.onceonly.Decision.SkipReason;
import tech.onceonly.Mode;
import tech.onceonly.server.junit.OnceOnlyServerExtension;

/**
 * A session that is lost while its listener works: the broker lets the message come again in
 * another session of the same process.
 */
class LostSessionTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private final JmsFixture fixture = new JmsFixture(server);
  private final CountDownLatch end = new CountDownLatch(1);
  private CompletableFuture<Void> lost = CompletableFuture.completedFuture(null);

  @AfterEach
  void end() {
    end.countDown();
    lost.join();
  }

  @ParameterizedTest
  @CsvSource({"LEASE,true", "LEASE,false", "CHECK_LOCK,true", "CHECK_LOCK,false"})
  void whatComesAgainWaitsAndRunsIfTheFirstFails(Mode mode, boolean withId) {
    try (OnceOnlyJms onceOnly = open(mode);
        JmsTransaction other = onceOnly.transaction()) {
      work(onceOnly, withId, false);

      assertThat(handle(other, message(withId)))
          .isInstanceOfSatisfying(
              MessageOutcome.Held.class,
              held -> assertThat(held.reason()).isEqualTo(HoldReason.IN_PROGRESS_HERE));

      end.countDown();
      assertThat(lost).succeedsWithin(PATIENCE);
      assertThat(handle(other, message(withId))).isEqualTo(new MessageOutcome.Processed(true));
      other.committed();
    }
    assertThat(fixture.ran).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"LEASE,true", "LEASE,false", "CHECK_LOCK,true", "CHECK_LOCK,false"})
  void whatComesAgainWaitsAndIsSkippedIfTheFirstIsCommitted(Mode mode, boolean withId) {
    try (OnceOnlyJms onceOnly = open(mode);
        JmsTransaction other = onceOnly.transaction()) {
      work(onceOnly, withId, true);

      assertThat(handle(other, message(withId)).isDone()).isFalse();

      end.countDown();
      assertThat(lost).succeedsWithin(PATIENCE);
      assertThat(handle(other, message(withId)))
          .isEqualTo(new MessageOutcome.Skipped(SkipReason.FINISHED_HERE));
    }
    assertThat(fixture.ran).isEmpty();
  }

  /** A loop that commits several at once would wait for its own commit. */
  @ParameterizedTest
  @EnumSource
  void aDuplicateWithoutAnIdInTheSameSessionIsSkipped(Mode mode) {
    try (OnceOnlyJms onceOnly = open(mode);
        JmsTransaction transaction = onceOnly.transaction()) {
      assertThat(handle(transaction, message(false)).isDone()).isTrue();
      assertThat(handle(transaction, message(false)))
          .isEqualTo(new MessageOutcome.Skipped(SkipReason.HANDED_OVER_HERE));
      transaction.committed();
    }
    assertThat(fixture.ran).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource
  void anotherMessageOfTheKeyIsSkippedInAnotherSessionToo(Mode mode) {
    try (OnceOnlyJms onceOnly = open(mode);
        JmsTransaction other = onceOnly.transaction()) {
      work(onceOnly, true, true);
      TestMessage duplicate = message(true);
      duplicate.id = "ID:another";
      assertThat(handle(other, duplicate))
          .isEqualTo(new MessageOutcome.Skipped(SkipReason.HANDED_OVER_HERE));
    }
  }

  private OnceOnlyJms open(Mode mode) {
    return OnceOnlyJms.open(fixture.options(Acknowledgement.TRANSACTED, mode).build());
  }

  /** Until {@link #end}; then it fails, or is committed. */
  private void work(OnceOnlyJms onceOnly, boolean withId, boolean commits) {
    CountDownLatch begun = new CountDownLatch(1);
    lost =
        CompletableFuture.runAsync(
            () -> {
              JmsTransaction transaction = onceOnly.transaction();
              MessageOutcome outcome =
                  transaction.handle(
                      message(withId).message(),
                      (message, claim) -> {
                        begun.countDown();
                        assertThat(isEnded()).isTrue();
                      });
              assertThat(outcome).isEqualTo(new MessageOutcome.Processed(true));
              if (commits) {
                transaction.committed();
              } else {
                transaction.rolledBack();
              }
            });
    await().atMost(PATIENCE).until(() -> begun.getCount() == 0 || lost.isDone());
  }

  private boolean isEnded() {
    try {
      return end.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private MessageOutcome handle(JmsTransaction transaction, TestMessage message) {
    return transaction.handle(message.message(), (each, claim) -> fixture.run(each));
  }

  private static TestMessage message(boolean withId) {
    TestMessage message = TestMessage.withKey("p-1");
    message.id = withId ? "ID:p-1" : null;
    return message;
  }
}
