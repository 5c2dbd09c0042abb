package tech.onceonly.kafka.spring;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import tech.onceonly.Outcome;

/**
 * Tells what ran in a transaction how that ended: an abort does not undo a claim, and a listener
 * that returned has not succeeded before the commit has.
 *
 * <p>Thread-safe; a transaction belongs to the thread that began it.
 */
final class TransactionOutcomes implements TransactionExecutionListener {

  private record Transaction(TransactionExecution execution, List<Consumer<Outcome>> waiting) {}

  /** Those of this thread, the innermost first. */
  private final ThreadLocal<Deque<Transaction>> open = ThreadLocal.withInitial(ArrayDeque::new);

  /**
   * Tells the outcome when this thread's transaction ends, or success at once where there is none.
   */
  void whenEnded(Consumer<Outcome> settle) {
    Transaction innermost = open.get().peek();
    if (innermost == null) {
      settle.accept(Outcome.SUCCEEDED);
    } else {
      innermost.waiting.add(settle);
    }
  }

  boolean isOpen() {
    return !open.get().isEmpty();
  }

  @Override
  public void afterBegin(TransactionExecution transaction, @Nullable Throwable failure) {
    if (failure == null) {
      open.get().push(new Transaction(transaction, new ArrayList<>()));
    }
  }

  @Override
  public void afterCommit(TransactionExecution transaction, @Nullable Throwable failure) {
    ended(transaction, failure == null ? Outcome.SUCCEEDED : Outcome.FAILED);
  }

  @Override
  public void afterRollback(TransactionExecution transaction, @Nullable Throwable failure) {
    ended(transaction, Outcome.FAILED);
  }

  private void ended(TransactionExecution execution, Outcome outcome) {
    Deque<Transaction> mine = open.get();
    for (Iterator<Transaction> each = mine.iterator(); each.hasNext(); ) {
      Transaction transaction = each.next();
      if (transaction.execution == execution) {
        each.remove();
        transaction.waiting.forEach(settle -> settle.accept(outcome));
        break;
      }
    }
    if (mine.isEmpty()) {
      open.remove();
    }
  }
}
