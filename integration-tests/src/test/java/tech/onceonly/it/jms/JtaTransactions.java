package tech.onceonly.it.jms;

import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.internal.arjuna.objectstore.VolatileStore;
import com.arjuna.ats.jta.TransactionManager;
import com.arjuna.ats.jta.UserTransaction;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.XAConnectionFactory;
import java.util.stream.Stream;
import org.jboss.narayana.jta.jms.ConnectionFactoryProxy;
import org.jboss.narayana.jta.jms.TransactionHelperImpl;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.jta.JtaTransactionManager;

/**
 * Narayana, with a JMS session as the one resource of its transactions: these commit in one phase,
 * and need no log.
 */
final class JtaTransactions {

  private JtaTransactions() {}

  static PlatformTransactionManager manager() {
    return Holder.MANAGER;
  }

  /** Enlists its sessions in the transaction under way, and closes them after it. */
  static ConnectionFactory connectionFactory(XAConnectionFactory factory) {
    return new ConnectionFactoryProxy(
        factory, new TransactionHelperImpl(TransactionManager.transactionManager()));
  }

  /** On first use, since only some tests have it. */
  private static final class Holder {

    static final PlatformTransactionManager MANAGER = manager();

    private static PlatformTransactionManager manager() {
      Stream.of("default", "stateStore", "communicationStore")
          .map(name -> BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, name))
          .forEach(store -> store.setObjectStoreType(VolatileStore.class.getName()));
      JtaTransactionManager manager =
          new JtaTransactionManager(
              UserTransaction.userTransaction(), TransactionManager.transactionManager());
      manager.afterPropertiesSet();
      return manager;
    }
  }
}
