package tech.onceonly.spring.boot;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.ResourceHolderSupport;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.ClassUtils;

/** Tells when the transactions of the calling thread have ended. */
final class TransactionEnd {

  private static final boolean PRESENT =
      ClassUtils.isPresent(
          "org.springframework.transaction.support.TransactionSynchronizationManager",
          TransactionEnd.class.getClassLoader());

  private TransactionEnd() {}

  /**
   * Done when this thread's transactions have committed, at once where there is none; failed where
   * one was rolled back, or nobody knows: an effect that may be undone is better run again than
   * lost.
   *
   * @throws IllegalStateException if there is one whose end cannot be heard of
   */
  static CompletionStage<?> ofThisThread() {
    return PRESENT ? Ending.ofAll() : CompletableFuture.completedFuture(null);
  }

  /** Where this is a transaction manager that synchronizes nothing, listens to it otherwise. */
  static void hear(Object bean) {
    if (PRESENT) {
      Ending.hear(bean);
    }
  }

  /** Apart, since these types may be missing. */
  private static final class Ending implements TransactionSynchronization {

    /** Of Kafka's, JMS' and other managers that leave synchronization to a database's. */
    private static final UnsynchronizedTransactions OTHERS = new UnsynchronizedTransactions();

    private final CompletableFuture<Void> end = new CompletableFuture<>();

    static CompletableFuture<Void> ofAll() {
      CompletableFuture<Void> others = OTHERS.ofThisThread();
      if (TransactionSynchronizationManager.isSynchronizationActive()) {
        Ending ending = new Ending();
        TransactionSynchronizationManager.registerSynchronization(ending);
        return CompletableFuture.allOf(ending.end, others);
      }
      if (others.isDone() && isInAnUnknownOne()) {
        throw new IllegalStateException(
            "nobody can tell how this thread's transaction ends, so that an @Idempotent method"
                + " cannot be part of it: declare its transaction manager as a bean, or have it"
                + " synchronize (setTransactionSynchronization)");
      }
      return others;
    }

    static void hear(Object bean) {
      if (bean instanceof AbstractPlatformTransactionManager manager
          && manager.getTransactionSynchronization()
              != AbstractPlatformTransactionManager.SYNCHRONIZATION_NEVER) {
        return;
      }
      if (bean instanceof ConfigurableTransactionManager manager
          && !manager.getTransactionExecutionListeners().contains(OTHERS)) {
        manager.addListener(OTHERS);
      }
    }

    private static boolean isInAnUnknownOne() {
      return TransactionSynchronizationManager.getResourceMap().values().stream()
          .anyMatch(
              each ->
                  each instanceof ResourceHolderSupport holder
                      && holder.isSynchronizedWithTransaction());
    }

    @Override
    public void afterCompletion(int status) {
      if (status == STATUS_COMMITTED) {
        end.complete(null);
      } else {
        end.completeExceptionally(new IllegalStateException("the transaction did not commit"));
      }
    }
  }
}
