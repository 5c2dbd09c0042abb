package tech.onceonly.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.jms.MessageListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.Mode;
import tech.onceonly.server.ServerProbe.Decided;
import tech.onceonly.server.junit.OnceOnlyServerExtension;

class JmsTransactionTest {

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private final JmsFixture fixture = new JmsFixture(server);

  @Test
  void aLeaseIsCompletedAfterTheCommit() {
    try (OnceOnlyJms onceOnly = open(Mode.LEASE);
        JmsTransaction transaction = onceOnly.transaction()) {
      transaction.decorate(fixture::run).onMessage(TestMessage.withKey("p-1").message());
      assertThat(server.seen()).extracting(Decided::call).containsExactly("lease");

      transaction.committed();
      server.assertCompleted("p-1");
    }
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void whatIsRolledBackRunsAgain(Mode mode) {
    try (OnceOnlyJms onceOnly = open(mode);
        OnceOnlyJms elsewhere = open(mode);
        JmsTransaction transaction = onceOnly.transaction();
        JmsTransaction other = elsewhere.transaction()) {
      transaction.decorate(fixture::run).onMessage(TestMessage.withKey("p-1").message());
      transaction.rolledBack();

      other.decorate(fixture::run).onMessage(TestMessage.withKey("p-1").message());
      other.committed();
    }
    assertThat(fixture.ran).hasSize(2);
  }

  @Test
  void theWorkMayCommitByItself() {
    try (OnceOnlyJms onceOnly = open(Mode.LEASE);
        JmsTransaction transaction = onceOnly.transaction()) {
      transaction.<RuntimeException>handle(
          TestMessage.withKey("p-1").message(), (message, claim) -> transaction.committed());
      server.assertCompleted("p-1");
      transaction.rolledBack();
    }
    server.assertCompleted("p-1");
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void aDuplicateInTheSameTransactionIsSkippedAndDoesNotWaitForItself(Mode mode) {
    try (OnceOnlyJms onceOnly = open(mode);
        JmsTransaction transaction = onceOnly.transaction()) {
      MessageListener listener = transaction.decorate(fixture::run);
      listener.onMessage(TestMessage.withKey("p-1").message());
      TestMessage duplicate = TestMessage.withKey("p-1");
      duplicate.id = "ID:another";
      listener.onMessage(duplicate.message());
      transaction.committed();
    }
    assertThat(fixture.ran).containsExactly("message ID:p-1");
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void aRedeliveryAfterARollbackThatNobodyToldOfRuns(Mode mode) {
    try (OnceOnlyJms onceOnly = open(mode);
        JmsTransaction transaction = onceOnly.transaction()) {
      MessageListener listener = transaction.decorate(fixture::run);
      listener.onMessage(TestMessage.withKey("p-1").message());
      listener.onMessage(TestMessage.withKey("p-1").message());
      transaction.committed();
    }
    assertThat(fixture.ran).hasSize(2);
    server.assertClaimedOnce("p-1");
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void whatThrewIsGivenBackWhateverBecomesOfTheTransaction(Mode mode) {
    try (OnceOnlyJms onceOnly = open(mode);
        OnceOnlyJms elsewhere = open(mode);
        JmsTransaction transaction = onceOnly.transaction();
        JmsTransaction other = elsewhere.transaction()) {
      MessageListener failing =
          transaction.decorate(
              message -> {
                throw new IllegalStateException("not yet");
              });
      assertThatThrownBy(() -> failing.onMessage(TestMessage.withKey("p-1").message()))
          .isInstanceOf(IllegalStateException.class);
      transaction.committed();

      other.decorate(fixture::run).onMessage(TestMessage.withKey("p-1").message());
    }
    assertThat(fixture.ran).hasSize(1);
  }

  private OnceOnlyJms open(Mode mode) {
    return OnceOnlyJms.open(fixture.options(Acknowledgement.TRANSACTED, mode).build());
  }
}
