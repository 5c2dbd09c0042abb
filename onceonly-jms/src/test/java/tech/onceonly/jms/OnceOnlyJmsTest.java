package tech.onceonly.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.Decision.HoldReason;
import tech.onceonly.Decision.SkipReason;
import tech.onceonly.Mode;
import tech.onceonly.server.junit.OnceOnlyServerExtension;

class OnceOnlyJmsTest {

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private final JmsFixture fixture = new JmsFixture(server);

  @ParameterizedTest
  @EnumSource(Mode.class)
  void aListenerRunsOnceForItsMessageAndItsDuplicates(Mode mode) throws JMSException {
    try (OnceOnlyJms onceOnly = open(Acknowledgement.AUTO, mode)) {
      MessageListener listener = onceOnly.decorate(fixture::run);

      listener.onMessage(TestMessage.withKey("p-1").message());
      listener.onMessage(TestMessage.withKey("p-1").message());
      listener.onMessage(TestMessage.withKey("p-2").message());
    }

    assertThat(fixture.ran).containsExactly("message ID:p-1", "message ID:p-2");
    server.assertClaimedOnce("p-1");
    if (mode == Mode.LEASE) {
      server.assertCompleted("p-1");
    }
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void aDuplicateOfAnotherProcessIsSkipped(Mode mode) {
    try (OnceOnlyJms one = open(Acknowledgement.AUTO, mode);
        OnceOnlyJms other = open(Acknowledgement.AUTO, mode)) {
      one.decorate(fixture::run).onMessage(TestMessage.withKey("p-1").message());
      other.decorate(fixture::run).onMessage(TestMessage.withKey("p-1").message());
    }

    assertThat(fixture.ran).hasSize(1);
    server.assertDuplicate("p-1");
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void aListenerThatThrowsIsNoDuplicateOfItself(Mode mode) {
    IllegalStateException failure = new IllegalStateException("not yet");
    List<RuntimeException> failures = new ArrayList<>(List.of(failure));
    try (OnceOnlyJms onceOnly = open(Acknowledgement.AUTO, mode)) {
      MessageListener listener =
          onceOnly.decorate(
              message -> {
                if (!failures.isEmpty()) {
                  throw failures.remove(0);
                }
                fixture.run(message);
              });
      Message message = TestMessage.withKey("p-1").message();

      assertThatThrownBy(() -> listener.onMessage(message)).isSameAs(failure);
      listener.onMessage(message);
    }

    assertThat(fixture.ran).hasSize(1);
  }

  @Test
  void aSkippedMessageIsAcknowledgedWhereItsListenerWouldHave() {
    for (Acknowledgement each : Acknowledgement.values()) {
      if (each != Acknowledgement.TRANSACTED) {
        TestMessage first = TestMessage.withKey("p-" + each);
        TestMessage second = TestMessage.withKey("p-" + each);
        try (OnceOnlyJms onceOnly = open(each, Mode.CHECK_LOCK)) {
          MessageListener listener = onceOnly.decorate(fixture::run);
          listener.onMessage(first.message());
          listener.onMessage(second.message());
        }
        assertThat(first.acknowledged).as("%s, processed", each).isZero();
        assertThat(second.acknowledged)
            .as("%s, skipped", each)
            .isEqualTo(each == Acknowledgement.INDIVIDUAL ? 1 : 0);
      }
    }
  }

  @Test
  void anAcknowledgementThatFailsIsTold() {
    TestMessage duplicate = TestMessage.withKey("p-1");
    duplicate.acknowledgementFails = new JMSException("the session is closed");
    try (OnceOnlyJms onceOnly = open(Acknowledgement.INDIVIDUAL, Mode.CHECK_LOCK)) {
      MessageListener listener = onceOnly.decorate(fixture::run);
      listener.onMessage(TestMessage.withKey("p-1").message());

      assertThatThrownBy(() -> listener.onMessage(duplicate.message()))
          .isInstanceOf(JMSRuntimeException.class)
          .hasMessageContaining("the session is closed");
    }
  }

  @Test
  void handleTellsWhatBecameOfAMessageAndAcknowledgesNothing() throws Exception {
    TestMessage message = TestMessage.withKey("p-1");
    try (OnceOnlyJms onceOnly = open(Acknowledgement.INDIVIDUAL, Mode.LEASE)) {
      AtomicReference<String> lease = new AtomicReference<>();

      assertThat(onceOnly.handle(message.message(), (each, claim) -> lease.set(claim.leaseId())))
          .isEqualTo(new MessageOutcome.Processed(true));
      assertThat(lease.get()).isNotBlank();
      assertThat(onceOnly.handle(message.message(), (each, claim) -> fixture.run(each)))
          .isEqualTo(new MessageOutcome.Skipped(SkipReason.FINISHED_HERE));
      assertThatThrownBy(
              () ->
                  onceOnly.handle(
                      TestMessage.withKey("p-2").message(),
                      (each, claim) -> {
                        throw new IOException("disk full");
                      }))
          .isInstanceOf(IOException.class);

      server.rateLimit(Duration.ofSeconds(7));
      MessageOutcome held = handle(onceOnly, "p-3");
      assertThat(held)
          .isInstanceOfSatisfying(
              MessageOutcome.Held.class,
              each -> assertThat(each.reason()).isEqualTo(HoldReason.RATE_LIMITED));
      assertThat(held.isDone()).isFalse();
    }
    assertThat(message.acknowledged).isZero();
    assertThat(fixture.ran).isEmpty();
  }

  @Test
  void aRefusalIsAnOutcomeWhereTheMessageCanBeKept() throws Exception {
    try (OnceOnlyJms onceOnly = open(Acknowledgement.CLIENT, Mode.CHECK_LOCK)) {
      server.answer(401);

      assertThat(handle(onceOnly, "p-1")).isInstanceOf(MessageOutcome.Refused.class);
      server.answerNormally();
      assertThat(handle(onceOnly, "p-1")).isEqualTo(new MessageOutcome.Processed(true));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Acknowledgement.class,
      names = {"AUTO", "DUPS_OK"})
  void aMessageThatIsAcknowledgedAlreadyWaitsForAsLongAsItTakes(Acknowledgement by) {
    try (OnceOnlyJms onceOnly = open(by, Mode.CHECK_LOCK)) {
      server.answer(401);
      CompletableFuture<MessageOutcome> handled =
          CompletableFuture.supplyAsync(() -> handle(onceOnly, "p-1"));

      await().until(() -> fixture.counters.count("decision.refuse") >= 3);
      assertThat(handled).isNotDone();
      server.answerNormally();
      assertThat(handled)
          .succeedsWithin(Duration.ofSeconds(10))
          .isEqualTo(new MessageOutcome.Processed(true));
    }
  }

  @Test
  void aListenerStandsStillOnARefusalAndGoesOnWhenItIsMended() {
    try (OnceOnlyJms onceOnly = open(Acknowledgement.CLIENT, Mode.LEASE)) {
      MessageListener listener = onceOnly.decorate(fixture::run);
      server.answer(402);
      CompletableFuture<Void> listening =
          CompletableFuture.runAsync(
              () -> listener.onMessage(TestMessage.withKey("p-1").message()));

      await().until(() -> fixture.counters.count("decision.refuse") >= 3);
      assertThat(fixture.ran).isEmpty();
      server.answerNormally();
      assertThat(listening).succeedsWithin(Duration.ofSeconds(10));
    }
    assertThat(fixture.ran).hasSize(1);
  }

  @Test
  void anInterruptEndsTheWaitNeitherSkippingNorRunning() throws InterruptedException {
    try (OnceOnlyJms onceOnly = open(Acknowledgement.INDIVIDUAL, Mode.CHECK_LOCK)) {
      TestMessage message = TestMessage.withKey("p-1");
      MessageListener listener = onceOnly.decorate(fixture::run);
      server.answer(401);
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      AtomicReference<Boolean> flag = new AtomicReference<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  listener.onMessage(message.message());
                } catch (RuntimeException e) {
                  thrown.set(e);
                  flag.set(Thread.currentThread().isInterrupted());
                }
              });
      thread.start();
      await().until(() -> fixture.counters.count("decision.refuse") >= 1);

      thread.interrupt();
      thread.join();

      assertThat(thrown.get())
          .isInstanceOf(UndecidedException.class)
          .hasCauseInstanceOf(InterruptedException.class);
      assertThat(flag.get()).isTrue();
      assertThat(message.acknowledged).isZero();
      assertThat(fixture.ran).isEmpty();
    }
  }

  @Test
  void itRefusesToBlockAnEventLoop() {
    var vertx = io.vertx.core.Vertx.vertx();
    try (OnceOnlyJms onceOnly = open(Acknowledgement.AUTO, Mode.CHECK_LOCK)) {
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      vertx.runOnContext(
          unused -> {
            try {
              onceOnly.decorate(fixture::run).onMessage(TestMessage.withKey("p-1").message());
              thrown.complete(null);
            } catch (RuntimeException e) {
              thrown.complete(e);
            }
          });

      assertThat(thrown.join())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("event loop");
      server.assertNoClaim();
      assertThat(fixture.ran).isEmpty();
    } finally {
      vertx.close();
    }
  }

  @Test
  void requestsRunWithoutAClaimByDefault() {
    try (OnceOnlyJms onceOnly = open(Acknowledgement.AUTO, Mode.CHECK_LOCK)) {
      MessageListener listener = onceOnly.decorate(fixture::run);
      for (int i = 0; i < 2; i++) {
        listener.onMessage(
            TestMessage.withKey("p-1").replyingTo(TestMessage.temporaryQueue()).message());
      }
    }
    assertThat(fixture.ran).hasSize(2);
    assertThat(fixture.counters.count("decision.unprotected.bypassed")).isEqualTo(2);
    server.assertNoClaim();
  }

  @Test
  void aDuplicateRequestIsAnsweredByItsHandler() {
    List<String> answered = new ArrayList<>();
    JmsOptions options =
        fixture
            .options(Acknowledgement.INDIVIDUAL, Mode.CHECK_LOCK)
            .duplicateRequests((request, skip) -> answered.add(request + " " + skip.reason()))
            .build();
    TestMessage again = TestMessage.withKey("p-1").replyingTo(TestMessage.temporaryQueue());
    try (OnceOnlyJms onceOnly = OnceOnlyJms.open(options)) {
      MessageListener listener = onceOnly.decorate(fixture::run);
      listener.onMessage(
          TestMessage.withKey("p-1").replyingTo(TestMessage.temporaryQueue()).message());
      listener.onMessage(again.message());
      listener.onMessage(TestMessage.withKey("p-1").message());
    }
    assertThat(fixture.ran).hasSize(1);
    assertThat(answered).containsExactly("message ID:p-1 FINISHED_HERE");
    assertThat(again.acknowledged).isEqualTo(1);
  }

  @Test
  void aReplyThatFailsLeavesTheRequestUnacknowledged() {
    JmsOptions options =
        fixture
            .options(Acknowledgement.INDIVIDUAL, Mode.CHECK_LOCK)
            .duplicateRequests(
                (request, skip) -> {
                  throw new JMSException("no such queue");
                })
            .build();
    TestMessage again = TestMessage.withKey("p-1").replyingTo(TestMessage.temporaryQueue());
    try (OnceOnlyJms onceOnly = OnceOnlyJms.open(options)) {
      MessageListener listener = onceOnly.decorate(fixture::run);
      listener.onMessage(TestMessage.withKey("p-1").message());
      assertThatThrownBy(() -> listener.onMessage(again.message()))
          .isInstanceOf(JMSRuntimeException.class);
    }
    assertThat(again.acknowledged).isZero();
  }

  @Test
  void temporaryDestinationsPassUnlessTheyAreAskedFor() {
    for (boolean claimed : new boolean[] {false, true}) {
      JmsOptions options =
          fixture
              .options(Acknowledgement.AUTO, Mode.CHECK_LOCK)
              .temporaryDestinations(claimed)
              .build();
      try (OnceOnlyJms onceOnly = OnceOnlyJms.open(options)) {
        MessageListener listener = onceOnly.decorate(fixture::run);
        for (int i = 0; i < 2; i++) {
          TestMessage message = TestMessage.withKey("p-1");
          message.from = TestMessage.temporaryQueue();
          listener.onMessage(message.message());
        }
      }
      assertThat(fixture.ran).hasSize(claimed ? 3 : 2);
    }
  }

  @Test
  void decoratingTwiceIsANoOp() {
    try (OnceOnlyJms onceOnly = open(Acknowledgement.AUTO, Mode.CHECK_LOCK)) {
      MessageListener once = onceOnly.decorate(fixture::run);

      assertThat(onceOnly.decorate(once)).isSameAs(once).isEqualTo(once);
    }
  }

  /** As Spring asks a listener for the name of its durable subscription. */
  public interface Named {
    String getSubscriptionName();
  }

  /** As Spring's listeners take the session too. */
  public interface WithSession {
    void onMessage(Message message, String session) throws JMSException;
  }

  private final class Rich implements MessageListener, Named, WithSession {
    @Override
    public void onMessage(Message message) {
      fixture.run(message);
    }

    @Override
    public void onMessage(Message message, String session) {
      fixture.ran.add(message + " in " + session);
    }

    @Override
    public String getSubscriptionName() {
      return "audit";
    }
  }

  @Test
  void whatElseAListenerIsItStays() throws JMSException {
    try (OnceOnlyJms onceOnly = open(Acknowledgement.AUTO, Mode.CHECK_LOCK)) {
      MessageListener listener = onceOnly.decorate(new Rich());

      assertThat(((Named) listener).getSubscriptionName()).isEqualTo("audit");
      ((WithSession) listener).onMessage(TestMessage.withKey("p-1").message(), "s");
      ((WithSession) listener).onMessage(TestMessage.withKey("p-1").message(), "s");
      listener.onMessage(TestMessage.withKey("p-1").message());
    }
    assertThat(fixture.ran).containsExactly("message ID:p-1 in s");
  }

  @Test
  void theFencingTokenIsThereForTheListenersThread() {
    AtomicReference<String> lease = new AtomicReference<>();
    try (OnceOnlyJms onceOnly = open(Acknowledgement.AUTO, Mode.LEASE)) {
      onceOnly
          .decorate(message -> lease.set(CurrentMessage.leaseId()))
          .onMessage(TestMessage.withKey("p-1").message());
    }
    assertThat(lease.get()).isNotBlank();
    assertThat(CurrentMessage.context()).isNull();
  }

  @Test
  void anOutageRunsUnprotectedOrWaits() throws Exception {
    try (OnceOnlyJms open = open(Acknowledgement.CLIENT, Mode.CHECK_LOCK);
        OnceOnlyJms closed =
            OnceOnlyJms.open(
                fixture.options(Acknowledgement.CLIENT, Mode.CHECK_LOCK).failOpen(false).build())) {
      server.answer(503);

      assertThat(handle(open, "p-1")).isEqualTo(new MessageOutcome.Processed(false));
      assertThat(handle(closed, "p-2"))
          .isInstanceOfSatisfying(
              MessageOutcome.Held.class,
              held -> assertThat(held.reason()).isEqualTo(HoldReason.OUTAGE));
    }
  }

  @Test
  void transactedSessionsHaveTheirOwn() {
    try (OnceOnlyJms transacted = open(Acknowledgement.TRANSACTED, Mode.LEASE);
        OnceOnlyJms auto = open(Acknowledgement.AUTO, Mode.LEASE)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> transacted.decorate(fixture::run))
          .withMessageContaining("transaction()");
      assertThatIllegalStateException().isThrownBy(() -> handle(transacted, "p-1"));
      assertThatIllegalStateException()
          .isThrownBy(auto::transaction)
          .withMessageContaining("TRANSACTED");
    }
  }

  private OnceOnlyJms open(Acknowledgement by, Mode mode) {
    return OnceOnlyJms.open(fixture.options(by, mode).build());
  }

  private MessageOutcome handle(OnceOnlyJms onceOnly, String key) {
    return onceOnly.<RuntimeException>handle(
        TestMessage.withKey(key).message(), (message, claim) -> fixture.run(message));
  }
}
