package tech.onceonly.kafka.spring;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.TransactionManager;

/** One listener for each manager of containers' transactions. Not thread-safe. */
final class ContainerTransactions {

  private final Map<TransactionManager, TransactionOutcomes> outcomes = new HashMap<>();

  /**
   * How the transactions of this container end; null where it has none.
   *
   * @throws IllegalStateException if their manager does not tell, with the mend
   */
  @Nullable TransactionOutcomes of(ContainerProperties container, String listenerId) {
    TransactionManager manager = managerOf(container);
    if (manager == null) {
      return null;
    }
    if (!(manager instanceof ConfigurableTransactionManager configurable)) {
      throw new IllegalStateException(
          "listener "
              + listenerId
              + " runs in transactions of "
              + manager.getClass().getName()
              + ", which does not tell how they end: use one that is a "
              + ConfigurableTransactionManager.class.getSimpleName()
              + ", or leave the listener out with without(\""
              + listenerId
              + "\")");
    }
    return outcomes.computeIfAbsent(
        manager,
        unused -> {
          TransactionOutcomes made = new TransactionOutcomes();
          configurable.addListener(made);
          return made;
        });
  }

  @SuppressWarnings({"deprecation", "removal"}) // containers still take it
  private static @Nullable TransactionManager managerOf(ContainerProperties properties) {
    TransactionManager kafka = properties.getKafkaAwareTransactionManager();
    return kafka != null ? kafka : properties.getTransactionManager();
  }
}
