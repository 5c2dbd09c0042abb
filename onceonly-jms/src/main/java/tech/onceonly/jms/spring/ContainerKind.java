package tech.onceonly.jms.spring;

import jakarta.jms.Session;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.DirectFieldAccessor;
import org.springframework.jms.listener.AbstractMessageListenerContainer;
import org.springframework.jms.listener.AbstractPollingMessageListenerContainer;
import org.springframework.jms.listener.DefaultMessageListenerContainer;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import tech.onceonly.jms.Acknowledgement;

/** How a container takes its messages, and what it does of its own accord when a listener fails. */
record ContainerKind(
    String id,
    AbstractMessageListenerContainer container,
    @Nullable PlatformTransactionManager manager) {

  /** The container shows it to its subclasses alone; both lines that are supported name it so. */
  private static final String TRANSACTION_MANAGER = "transactionManager";

  /**
   * That of this container.
   *
   * @throws UnprotectableListenerException if its claims could not be settled
   */
  static ContainerKind of(AbstractMessageListenerContainer container, String id) {
    ContainerKind kind = new ContainerKind(id, container, managerOf(container));
    if (kind.isSessionTransaction()
        && !(container instanceof AbstractPollingMessageListenerContainer)) {
      throw new UnprotectableListenerException(
          id,
          "runs in a transacted "
              + container.getClass().getSimpleName()
              + ", which tells nobody when it has committed: use a DefaultMessageListenerContainer"
              + " (DefaultJmsListenerContainerFactory)");
    }
    if (kind.manager instanceof AbstractPlatformTransactionManager own
        && own.getTransactionSynchronization()
            == AbstractPlatformTransactionManager.SYNCHRONIZATION_NEVER) {
      throw new UnprotectableListenerException(
          id,
          "runs in transactions of a manager that does not synchronize them, so that nobody"
              + " can tell how they end: set its transactionSynchronization to ALWAYS");
    }
    return kind;
  }

  /** What a skip must do, and when claims are settled. */
  Acknowledgement acknowledgement() {
    if (manager != null || container.isSessionTransacted()) {
      return Acknowledgement.TRANSACTED;
    }
    Acknowledgement session = Acknowledgement.of(container.getSessionAcknowledgeMode());
    // After a skip as after any message the container acknowledges, where it does that.
    return session == Acknowledgement.INDIVIDUAL && container.isAcknowledgeAfterListener()
        ? Acknowledgement.CLIENT
        : session;
  }

  boolean isManaged() {
    return manager != null;
  }

  boolean isSessionTransaction() {
    return manager == null && container.isSessionTransacted();
  }

  /** Has the container tell how its session's transactions end. */
  void observe(SessionTransactions transactions) {
    if (container instanceof DefaultMessageListenerContainer caching
        && caching.getCacheLevel() == DefaultMessageListenerContainer.CACHE_AUTO) {
      // As it would choose by itself: with a transaction manager it would cache nothing.
      caching.setCacheLevel(DefaultMessageListenerContainer.CACHE_CONSUMER);
    }
    ((AbstractPollingMessageListenerContainer) container).setTransactionManager(transactions);
  }

  /**
   * What this container loses whatever stands before its listener, in words that follow the
   * listener's name; null where that is nothing.
   *
   * @see Session#AUTO_ACKNOWLEDGE
   */
  @Nullable String loss() {
    Acknowledgement acknowledgement = acknowledgement();
    if (acknowledgement != Acknowledgement.AUTO && acknowledgement != Acknowledgement.DUPS_OK) {
      return null;
    }
    String when =
        container instanceof AbstractPollingMessageListenerContainer
            ? "acknowledges a message when it is received"
            : "acknowledges a message also where its listener throws";
    return "runs in a container that "
        + when
        + " ("
        + acknowledgement
        + "): what is in hand when the listener fails, or the process ends, is lost. Set"
        + " sessionTransacted=true on its factory (spring.jms.listener.session.transacted=true)";
  }

  private static @Nullable PlatformTransactionManager managerOf(
      AbstractMessageListenerContainer container) {
    if (!(container instanceof AbstractPollingMessageListenerContainer)) {
      return null;
    }
    DirectFieldAccessor fields = new DirectFieldAccessor(container);
    if (!fields.isReadableProperty(TRANSACTION_MANAGER)) {
      throw new IllegalStateException(
          "this version of Spring JMS keeps its transaction manager elsewhere, so that it cannot be"
              + " known how transactions end");
    }
    return (PlatformTransactionManager) fields.getPropertyValue(TRANSACTION_MANAGER);
  }
}
