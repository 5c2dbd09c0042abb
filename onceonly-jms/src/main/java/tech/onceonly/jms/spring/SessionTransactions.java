package tech.onceonly.jms.spring;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.SimpleTransactionStatus;
import tech.onceonly.Decision;
import tech.onceonly.Outcome;

/**
 * Hears how a container's own session transactions end. A container commits a session without
 * telling anybody, but brackets each message with a transaction manager where it has one, and
 * commits that after the session: this one manages nothing, and only listens.
 *
 * <p>Thread-safe: a transaction is its thread's.
 */
final class SessionTransactions implements PlatformTransactionManager {

  private final BiConsumer<Decision, Outcome> settle;
  private final ThreadLocal<List<Decision>> open = ThreadLocal.withInitial(ArrayList::new);

  SessionTransactions(BiConsumer<Decision, Outcome> settle) {
    this.settle = settle;
  }

  /** The listener is about to run for it, in this thread's transaction. */
  void begins(Decision decision) {
    open.get().add(decision);
  }

  /** The listener has thrown: whatever becomes of the transaction, this has failed. */
  void failed(Decision decision) {
    if (open.get().remove(decision)) {
      settle.accept(decision, Outcome.FAILED);
    }
  }

  @Override
  public TransactionStatus getTransaction(@Nullable TransactionDefinition definition) {
    return new SimpleTransactionStatus();
  }

  /** The session is committed; or, where the status says so, the listener or its commit failed. */
  @Override
  public void commit(TransactionStatus status) {
    end(status.isRollbackOnly() ? Outcome.FAILED : Outcome.SUCCEEDED);
  }

  @Override
  public void rollback(TransactionStatus status) {
    end(Outcome.FAILED);
  }

  private void end(Outcome outcome) {
    List<Decision> ended = List.copyOf(open.get());
    open.remove();
    ended.forEach(decision -> settle.accept(decision, outcome));
  }
}
