package tech.onceonly.it.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import jakarta.jms.Connection;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tech.onceonly.GuardCounters;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.jms.Acknowledgement;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.jms.JmsTransaction;
import tech.onceonly.jms.MessageOutcome;
import tech.onceonly.jms.OnceOnlyJms;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.JmsBroker;
import tech.onceonly.testing.JmsBrokerKind;
import tech.onceonly.testing.JmsBrokerOptions;

/**
 * A transacted session that ends while its work goes on: the broker hands the message to another
 * session of the same process at once.
 */
class LostSessionIT {

  private static final String KEY = "order-1";
  private static final Map<JmsBrokerKind, JmsBroker> BROKERS = new EnumMap<>(JmsBrokerKind.class);
  private static OnceOnlyServer server;

  private final GuardCounters counters = new GuardCounters();
  private final AtomicInteger atWork = new AtomicInteger();
  private final AtomicInteger effects = new AtomicInteger();
  private final CountDownLatch end = new CountDownLatch(1);

  @BeforeAll
  static void start() {
    server =
        OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(JmsCellRun.API_KEY).build());
    for (JmsBrokerKind kind : JmsBrokerKind.values()) {
      BROKERS.put(kind, JmsBroker.start(new JmsBrokerOptions(kind, JmsCellRun.ATTEMPTS)));
    }
  }

  @AfterAll
  static void stop() {
    BROKERS.values().forEach(JmsBroker::close);
    server.close();
  }

  static Stream<Arguments> everywhere() {
    return Stream.of(JmsBrokerKind.values())
        .flatMap(
            kind ->
                Stream.of(Mode.values())
                    .flatMap(
                        mode ->
                            Stream.of(true, false)
                                .flatMap(
                                    withIds ->
                                        Stream.of(true, false)
                                            .map(
                                                fails ->
                                                    Arguments.of(kind, mode, withIds, fails)))));
  }

  /** It waits for the first, and runs after it: what fails is not lost, and none run at once. */
  @ParameterizedTest
  @MethodSource("everywhere")
  void theRedeliveryWaits(JmsBrokerKind kind, Mode mode, boolean withIds, boolean fails)
      throws JMSException {
    String queue = "lost-" + kind + "-" + mode + "-" + withIds + "-" + fails;
    send(kind, queue, withIds);
    try (OnceOnlyJms onceOnly = open(mode, queue);
        Connection lost = connect(kind);
        Connection other = connect(kind)) {
      Session first = lost.createSession(Session.SESSION_TRANSACTED);
      Message message = consumer(first, queue).receive(PATIENCE.toMillis());
      CompletableFuture<Void> working =
          CompletableFuture.runAsync(() -> workAndCommit(first, onceOnly, message, fails));
      await().atMost(PATIENCE).until(() -> atWork.get() == 1 || working.isDone());
      lost.close();

      Session second = other.createSession(Session.SESSION_TRANSACTED);
      MessageConsumer consumer = consumer(second, queue);
      Message again = consumer.receive(PATIENCE.toMillis());
      CompletableFuture<MessageOutcome> redelivered =
          CompletableFuture.supplyAsync(() -> handle(second, onceOnly, again));
      await()
          .atMost(PATIENCE)
          .until(
              () -> redelivered.isDone() || counters.count("decision.hold.in_progress_here") > 0);
      assertThat(redelivered).isNotDone();

      end.countDown();
      assertThat(working).succeedsWithin(PATIENCE);
      assertThat(redelivered)
          .succeedsWithin(PATIENCE)
          .isEqualTo(new MessageOutcome.Processed(true));
      assertThat(effects).hasValue(fails ? 1 : 2);

      send(kind, queue, withIds);
      Message duplicate = consumer.receive(PATIENCE.toMillis());
      assertThat(handle(second, onceOnly, duplicate)).isInstanceOf(MessageOutcome.Skipped.class);
      await().atMost(PATIENCE).until(() -> BROKERS.get(kind).queues().depth(queue) == 0);
    }
  }

  private void workAndCommit(
      Session session, OnceOnlyJms onceOnly, Message message, boolean fails) {
    JmsTransaction transaction = onceOnly.transaction();
    boolean committed = false;
    try {
      transaction.<InterruptedException>handle(
          message,
          (each, claim) -> {
            atWork.incrementAndGet();
            if (!end.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS) || fails) {
              throw new IllegalStateException("the work has failed");
            }
            effects.incrementAndGet();
            atWork.decrementAndGet();
          });
      session.commit();
      committed = true;
    } catch (JMSException | IllegalStateException | InterruptedException e) {
      // It has failed, or its session is closed: it comes, or has come, again.
    } finally {
      transaction.rolledBack();
    }
    assertThat(committed).isFalse();
  }

  private MessageOutcome handle(Session session, OnceOnlyJms onceOnly, Message message) {
    JmsTransaction transaction = onceOnly.transaction();
    MessageOutcome outcome =
        transaction.handle(
            message,
            (each, claim) -> {
              assertThat(end.getCount()).as("the first is at work").isZero();
              effects.incrementAndGet();
            });
    try {
      session.commit();
    } catch (JMSException e) {
      throw new AssertionError(e);
    }
    transaction.committed();
    return outcome;
  }

  private OnceOnlyJms open(Mode mode, String queue) {
    return OnceOnlyJms.open(
        JmsOptions.builder()
            .scope(queue)
            .queue(queue)
            .acknowledgement(Acknowledgement.TRANSACTED)
            .mode(mode)
            .ttl(Duration.ofHours(1))
            .events(counters)
            .client(
                ClientOptions.builder()
                    .apiKey(JmsCellRun.API_KEY)
                    .baseUrl(server.baseUrl().toString())
                    .build())
            .build());
  }

  private static Connection connect(JmsBrokerKind kind) throws JMSException {
    Connection connection = kind.connectionFactory(BROKERS.get(kind).url()).createConnection();
    connection.start();
    return connection;
  }

  private static MessageConsumer consumer(Session session, String queue) throws JMSException {
    return session.createConsumer(session.createQueue(queue));
  }

  private static void send(JmsBrokerKind kind, String queue, boolean withIds) {
    try (JMSContext context = kind.connectionFactory(BROKERS.get(kind).url()).createContext()) {
      context
          .createProducer()
          .setDisableMessageID(!withIds)
          .setProperty("Idempotency_Key", KEY)
          .send(context.createQueue(queue), KEY);
    }
  }
}
