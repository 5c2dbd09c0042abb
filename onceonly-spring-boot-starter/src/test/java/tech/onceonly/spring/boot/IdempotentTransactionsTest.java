package tech.onceonly.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.kafka.core.ProducerFactory;
import org.springframework.kafka.transaction.KafkaTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.ResourceHolderSupport;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;
import tech.onceonly.server.junit.OnceOnlyServerExtension;
import tech.onceonly.spring.Idempotent;

/** Claims and transactions: what is undone may run again, and what is done does not. */
class IdempotentTransactionsTest {

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  /** Keeps what was committed; a commit can fail. */
  @SuppressWarnings("serial")
  static class Ledger extends AbstractPlatformTransactionManager {
    final List<String> committed = new ArrayList<>();
    private final List<String> pending = new ArrayList<>();
    boolean entryFails;
    boolean commitFails;
    private boolean open;

    void add(String entry) {
      pending.add(entry);
      if (entryFails) {
        throw new IllegalStateException("declined");
      }
    }

    @Override
    protected Object doGetTransaction() {
      return this;
    }

    @Override
    protected boolean isExistingTransaction(Object transaction) {
      return open;
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {
      open = true;
    }

    @Override
    protected void doCommit(DefaultTransactionStatus status) {
      if (commitFails) {
        pending.clear();
        throw new TransactionSystemException("commit failed");
      }
      committed.addAll(pending);
    }

    @Override
    protected void doRollback(DefaultTransactionStatus status) {
      pending.clear();
    }

    @Override
    protected void doSetRollbackOnly(DefaultTransactionStatus status) {}

    @Override
    protected void doCleanupAfterCompletion(Object transaction) {
      open = false;
      pending.clear();
    }
  }

  @EnableTransactionManagement
  static class Transactions {}

  static class Payments {
    private final Ledger ledger;

    Payments(Ledger ledger) {
      this.ledger = ledger;
    }

    @Transactional
    @Idempotent(key = "#order")
    void charge(String order) {
      ledger.add(order);
    }
  }

  /** As Kafka's and JMS' managers are. */
  static class Unsynchronized extends Ledger {
    Unsynchronized() {
      setTransactionSynchronization(SYNCHRONIZATION_NEVER);
    }
  }

  private interface Scenario {
    void with(Payments payments, Ledger ledger);
  }

  private static void run(Scenario scenario) {
    run(scenario, Ledger.class);
  }

  private static <L extends Ledger> void run(Scenario scenario, Class<L> manager) {
    Contexts.at(server)
        .withUserConfiguration(Transactions.class)
        .withBean(manager)
        .withBean(Payments.class)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              scenario.with(context.getBean(Payments.class), context.getBean(Ledger.class));
            });
  }

  @Test
  void aCommitThatFailsGivesTheClaimBackAndTheRetryRuns() {
    run(
        (payments, ledger) -> {
          ledger.commitFails = true;
          assertThatThrownBy(() -> payments.charge("o-1")).hasMessage("commit failed");
          ledger.commitFails = false;
          payments.charge("o-1");
          payments.charge("o-1");
          assertThat(ledger.committed).containsExactly("o-1");
          server.assertCompleted("o-1");
        });
  }

  @Test
  void aMethodThatFailsRollsBackAndRunsAgain() {
    run(
        (payments, ledger) -> {
          ledger.entryFails = true;
          assertThatThrownBy(() -> payments.charge("o-1")).hasMessage("declined");
          ledger.entryFails = false;
          payments.charge("o-1");
          assertThat(ledger.committed).containsExactly("o-1");
        });
  }

  @Test
  void aTransactionOfTheCallersDecidesWhenItEnds() {
    run(IdempotentTransactionsTest::chargeInTransactions);
  }

  @Test
  void soDoesOneWhoseManagerSynchronizesNothing() {
    run(IdempotentTransactionsTest::chargeInTransactions, Unsynchronized.class);
  }

  @Test
  void oneThatCannotBeHeardOfIsRefused() {
    run(
        (payments, ledger) -> {
          ResourceHolderSupport unknown = new ResourceHolderSupport() {};
          unknown.setSynchronizedWithTransaction(true);
          TransactionSynchronizationManager.bindResource(this, unknown);
          try {
            assertThatThrownBy(() -> payments.charge("o-1"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("declare its transaction manager as a bean");
          } finally {
            TransactionSynchronizationManager.unbindResource(this);
          }
          payments.charge("o-1");
          server.assertCompleted("o-1");
        });
  }

  /**
   * What a method has sent to Kafka is taken back by a rollback, so its retry has to send again.
   */
  @Test
  void kafkasOwnTransactionDecidesToo() {
    Contexts.at(server)
        .withBean(
            KafkaTransactionManager.class, () -> new KafkaTransactionManager<>(new Producers()))
        .withBean(Sender.class)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              Sender sender = context.getBean(Sender.class);
              TransactionTemplate container =
                  new TransactionTemplate(context.getBean(KafkaTransactionManager.class));
              container.executeWithoutResult(
                  status -> {
                    assertThat(sender.send("o-1")).isEqualTo(1);
                    status.setRollbackOnly();
                  });
              for (int i = 0; i < 2; i++) {
                container.executeWithoutResult(
                    status -> assertThat(sender.send("o-1")).isEqualTo(2));
              }
            });
  }

  /** Each is a transaction's. */
  private static final class Producers implements ProducerFactory<String, String> {
    @Override
    public Producer<String, String> createProducer() {
      MockProducer<String, String> producer = new MockProducer<>();
      producer.initTransactions();
      return producer;
    }

    @Override
    public Producer<String, String> createProducer(@Nullable String transactionIdPrefix) {
      return createProducer();
    }

    @Override
    public boolean transactionCapable() {
      return true;
    }
  }

  static class Sender {
    private final AtomicInteger sends = new AtomicInteger();

    @Idempotent(key = "#order")
    public int send(String order) {
      return sends.incrementAndGet();
    }
  }

  private static void chargeInTransactions(Payments payments, Ledger ledger) {
    TransactionTemplate callers = new TransactionTemplate(ledger);
    callers.executeWithoutResult(
        status -> {
          payments.charge("o-1");
          status.setRollbackOnly();
        });
    assertThat(ledger.committed).isEmpty();
    callers.executeWithoutResult(status -> payments.charge("o-1"));
    assertThat(ledger.committed).containsExactly("o-1");
    callers.executeWithoutResult(status -> payments.charge("o-1"));
    assertThat(ledger.committed).containsExactly("o-1");
  }
}
