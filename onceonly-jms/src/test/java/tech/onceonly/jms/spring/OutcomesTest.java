package tech.onceonly.jms.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionSynchronizationUtils;
import tech.onceonly.Decision;
import tech.onceonly.Outcome;

/**
 * When claims are settled. What fails has to be given back before the broker hears of a rollback:
 * it hands the message to another process at once, where it would be a duplicate, and lost.
 */
class OutcomesTest {

  private final Decision decision =
      new Decision.Hold(Decision.HoldReason.OUTAGE, Duration.ofSeconds(1));
  private final List<Outcome> settled = new ArrayList<>();

  @BeforeEach
  void begin() {
    TransactionSynchronizationManager.initSynchronization();
  }

  @AfterEach
  void end() {
    TransactionSynchronizationManager.clearSynchronization();
  }

  @Test
  void inASessionsTransactionWhatFailsIsGivenBackBeforeTheRollback() {
    SessionTransactions transactions =
        new SessionTransactions((each, outcome) -> settled.add(outcome));
    Outcomes outcomes = Outcomes.ofSession(transactions);
    TransactionStatus status = transactions.getTransaction(null);
    outcomes.begins(decision);
    outcomes.ended(decision, Outcome.FAILED);
    assertThat(settled).containsExactly(Outcome.FAILED);
    transactions.rollback(status);
    assertThat(settled).hasSize(1);
  }

  @Test
  void inASessionsTransactionWhatSucceedsWaitsForItsEnd() {
    SessionTransactions transactions =
        new SessionTransactions((each, outcome) -> settled.add(outcome));
    Outcomes outcomes = Outcomes.ofSession(transactions);
    TransactionStatus status = transactions.getTransaction(null);
    outcomes.begins(decision);
    outcomes.ended(decision, Outcome.SUCCEEDED);
    assertThat(settled).isEmpty();
    transactions.commit(status);
    assertThat(settled).containsExactly(Outcome.SUCCEEDED);
  }

  @Test
  void inAManagersTransactionWhatFailsIsGivenBackBeforeTheRollback() {
    Outcomes outcomes = managed();
    outcomes.begins(decision);
    outcomes.ended(decision, Outcome.FAILED);
    assertThat(settled).containsExactly(Outcome.FAILED);
    TransactionSynchronizationUtils.triggerBeforeCompletion();
    complete(TransactionSynchronization.STATUS_ROLLED_BACK);
    assertThat(settled).hasSize(1);
  }

  @Test
  void whatAManagerRollsBackThoughItSucceededIsGivenBackBeforeThat() {
    Outcomes outcomes = managed();
    outcomes.begins(decision);
    outcomes.ended(decision, Outcome.SUCCEEDED);
    TransactionSynchronizationUtils.triggerBeforeCompletion();
    assertThat(settled).containsExactly(Outcome.FAILED);
    complete(TransactionSynchronization.STATUS_ROLLED_BACK);
    assertThat(settled).hasSize(1);
  }

  @Test
  void inAManagersTransactionWhatSucceedsWaitsForItsCommit() {
    Outcomes outcomes = managed();
    outcomes.begins(decision);
    outcomes.ended(decision, Outcome.SUCCEEDED);
    TransactionSynchronizationUtils.triggerBeforeCommit(false);
    TransactionSynchronizationUtils.triggerBeforeCompletion();
    assertThat(settled).isEmpty();
    complete(TransactionSynchronization.STATUS_COMMITTED);
    assertThat(settled).containsExactly(Outcome.SUCCEEDED);
  }

  @Test
  void whatAManagerFailsToCommitIsGivenBack() {
    Outcomes outcomes = managed();
    outcomes.begins(decision);
    outcomes.ended(decision, Outcome.SUCCEEDED);
    TransactionSynchronizationUtils.triggerBeforeCommit(false);
    TransactionSynchronizationUtils.triggerBeforeCompletion();
    complete(TransactionSynchronization.STATUS_UNKNOWN);
    assertThat(settled).containsExactly(Outcome.FAILED);
  }

  private Outcomes managed() {
    return Outcomes.ofManager((each, outcome) -> settled.add(outcome));
  }

  private static void complete(int status) {
    TransactionSynchronizationUtils.invokeAfterCompletion(
        TransactionSynchronizationManager.getSynchronizations(), status);
  }
}
