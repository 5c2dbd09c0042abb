package tech.onceonly.jms.spring;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import tech.onceonly.Decision;
import tech.onceonly.Outcome;
import tech.onceonly.jms.MessageRun;

/**
 * When the claims of a container are settled: as the listener returns, or when the transaction that
 * the message was received in has ended. What is known to fail is given back before the rollback,
 * after which a broker hands the message to another process at once. Thread-safe.
 */
interface Outcomes extends MessageRun.Settling {

  /** No transaction: the listener's outcome is the message's. */
  static Outcomes atReturn(BiConsumer<Decision, Outcome> settle) {
    return new Outcomes() {
      @Override
      public void begins(Decision decision) {}

      @Override
      public void ended(Decision decision, Outcome outcome) {
        settle.accept(decision, outcome);
      }
    };
  }

  /** The session's own transaction, whose end the container's observer tells. */
  static Outcomes ofSession(SessionTransactions transactions) {
    return new Outcomes() {
      @Override
      public void begins(Decision decision) {
        transactions.begins(decision);
      }

      @Override
      public void ended(Decision decision, Outcome outcome) {
        if (outcome == Outcome.FAILED) {
          transactions.failed(decision);
        }
      }
    };
  }

  /** A transaction manager's, whose synchronizations tell. */
  static Outcomes ofManager(BiConsumer<Decision, Outcome> settle) {
    return new Outcomes() {
      @Override
      public void begins(Decision decision) {
        if (!TransactionSynchronizationManager.isSynchronizationActive()) {
          settle.accept(decision, Outcome.FAILED);
          throw new IllegalStateException(
              "the container's transaction manager does not synchronize transactions, so that"
                  + " nobody can tell how they end: set its transactionSynchronization to ALWAYS");
        }
        TransactionSynchronizationManager.registerSynchronization(new Ending(decision, settle));
      }

      @Override
      public void ended(Decision decision, Outcome outcome) {
        for (TransactionSynchronization each : synchronizations()) {
          if (each instanceof Ending ending && ending.decision == decision) {
            ending.ended(outcome);
          }
        }
      }

      private List<TransactionSynchronization> synchronizations() {
        return TransactionSynchronizationManager.isSynchronizationActive()
            ? new ArrayList<>(TransactionSynchronizationManager.getSynchronizations())
            : List.of();
      }
    };
  }

  /** Of one message, in the transaction that it was received in. For its thread. */
  final class Ending implements TransactionSynchronization {

    private final Decision decision;
    private final BiConsumer<Decision, Outcome> settle;

    /** The listener's; what commits in spite of its failure has failed. */
    private Outcome outcome = Outcome.FAILED;

    private boolean committing;
    private boolean settled;

    private Ending(Decision decision, BiConsumer<Decision, Outcome> settle) {
      this.decision = decision;
      this.settle = settle;
    }

    @Override
    public void beforeCommit(boolean readOnly) {
      committing = true;
    }

    /** A manager that rolls back has not told of a commit before. */
    @Override
    public void beforeCompletion() {
      if (!committing) {
        settle(Outcome.FAILED);
      }
    }

    @Override
    public void afterCompletion(int status) {
      settle(status == STATUS_COMMITTED ? outcome : Outcome.FAILED);
    }

    private void ended(Outcome value) {
      outcome = value;
      if (value == Outcome.FAILED) {
        settle(value);
      }
    }

    private void settle(Outcome value) {
      if (!settled) {
        settled = true;
        settle.accept(decision, value);
      }
    }
  }
}
