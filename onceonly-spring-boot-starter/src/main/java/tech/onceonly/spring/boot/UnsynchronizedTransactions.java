package tech.onceonly.spring.boot;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;

/**
 * Hears of transactions whose manager tells no synchronization how they end.
 *
 * <p>Thread-safe; a transaction belongs to the thread that began it.
 */
final class UnsynchronizedTransactions implements TransactionExecutionListener {

  private record Open(TransactionExecution execution, CompletableFuture<Void> end) {}

  /** Those of this thread. */
  private final ThreadLocal<Deque<Open>> open = ThreadLocal.withInitial(ArrayDeque::new);

  /**
   * Done when all that are open have committed, failed when one has not; done where there is none.
   */
  CompletableFuture<Void> ofThisThread() {
    CompletableFuture<?>[] ends =
        open.get().stream().map(Open::end).toArray(CompletableFuture[]::new);
    if (ends.length == 0) {
      open.remove();
    }
    return CompletableFuture.allOf(ends);
  }

  @Override
  public void afterBegin(TransactionExecution transaction, @Nullable Throwable failure) {
    if (failure == null) {
      open.get().push(new Open(transaction, new CompletableFuture<>()));
    }
  }

  @Override
  public void afterCommit(TransactionExecution transaction, @Nullable Throwable failure) {
    ended(transaction, failure == null);
  }

  @Override
  public void afterRollback(TransactionExecution transaction, @Nullable Throwable failure) {
    ended(transaction, false);
  }

  private void ended(TransactionExecution execution, boolean committed) {
    Deque<Open> mine = open.get();
    for (Iterator<Open> each = mine.iterator(); each.hasNext(); ) {
      Open one = each.next();
      if (one.execution == execution) {
        each.remove();
        if (committed) {
          one.end.complete(null);
        } else {
          one.end.completeExceptionally(
              new IllegalStateException("the transaction did not commit"));
        }
        break;
      }
    }
    if (mine.isEmpty()) {
      open.remove();
    }
  }
}
