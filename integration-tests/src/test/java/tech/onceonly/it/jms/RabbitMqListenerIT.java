package tech.onceonly.it.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import com.rabbitmq.jms.admin.RMQConnectionFactory;
import jakarta.jms.JMSException;
import jakarta.jms.MessageListener;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.jms.Acknowledgement;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.jms.OnceOnlyJms;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.ScriptedApi;

/**
 * A plain listener of RabbitMQ's JMS client that fails, or takes longer than the client lets it.
 * What is lost here, the client has acknowledged before it called anybody.
 */
@WithRabbitMq
class RabbitMqListenerIT {

  private static RabbitMqServer rabbit;
  private static OnceOnlyServer server;
  private static int queues;

  @TempDir private static Path directory;

  private final JmsProbe probe = new JmsProbe();
  private final String queue = "listener-" + queues++;
  private ScriptedApi api;
  private RMQConnectionFactory factory;
  private RabbitMqSite site;

  @BeforeAll
  static void start() throws IOException {
    rabbit = RabbitMqServer.start(directory);
    server =
        OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(JmsCellRun.API_KEY).build());
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
    rabbit.close();
  }

  @BeforeEach
  void prepare() {
    api = ScriptedApi.start(server.baseUrl().getHost(), server.baseUrl().getPort());
    factory = rabbit.connectionFactory();
    site = new RabbitMqSite(factory);
  }

  @AfterEach
  void tearDown() {
    api.close();
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void asItShipsAMessageWhoseListenerThrowsIsLostAndItsSessionIsAtItsEnd(Mode mode)
      throws JMSException {
    probe.failing = "c";
    probe.failures = 1;
    send("c");
    try (RabbitMqListener listener = open(mode, probe)) {
      await().atMost(PATIENCE).until(() -> probe.attempts.containsKey("c"));
      send("d");
      // Nobody reads any more, and nothing says so.
      await().atMost(PATIENCE).until(() -> site.depth(queue) == 1);
    }
    try (RabbitMqListener next = open(mode, probe)) {
      awaitEffects("d");
    }
    assertThat(probe.attempts).isEqualTo(Map.of("c", 1, "d", 1));
    awaitEmpty();
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void withRequeueItRunsAtTheNextConsumer(Mode mode) throws JMSException {
    factory.setRequeueOnMessageListenerException(true);
    probe.failing = "c";
    probe.failures = 1;
    send("c", "d");
    try (RabbitMqListener listener = open(mode, probe)) {
      // The client has cancelled the consumer.
      await().atMost(PATIENCE).until(() -> site.depth(queue) == 2);
    }
    try (RabbitMqListener next = open(mode, probe)) {
      awaitEffects("c", "d");
    }
    assertThat(probe.attempts).isEqualTo(Map.of("c", 2, "d", 1));
    awaitEmpty();
  }

  /** A failure may use up several attempts: the consumer that it cancels gets the message again. */
  @ParameterizedTest
  @EnumSource(Mode.class)
  void withRequeueWhatAlwaysFailsIsDeadLetteredAndItsReplayRunsOnce(Mode mode) throws JMSException {
    factory.setRequeueOnMessageListenerException(true);
    probe.failing = "c";
    probe.failures = JmsCellRun.ATTEMPTS;
    send("c");
    for (int attempt = 1; site.dead(queue).isEmpty(); attempt++) {
      int most = attempt;
      try (RabbitMqListener listener = open(mode, probe)) {
        await()
            .atMost(PATIENCE)
            .until(
                () -> probe.attempts.getOrDefault("c", 0) == most || !site.dead(queue).isEmpty());
      }
    }
    assertThat(site.dead(queue)).containsExactly("c");
    assertThat(probe.attempts.get("c")).isBetween(1, JmsCellRun.ATTEMPTS);
    probe.failures = 0;
    send("c", "c");
    try (RabbitMqListener listener = open(mode, probe)) {
      awaitEffects("c");
      awaitEmpty();
    }
    awaitEmpty();
  }

  /** The client's two seconds. */
  @ParameterizedTest
  @EnumSource(Mode.class)
  void asItShipsAMessageThatWaitsForTwoSecondsIsLost(Mode mode) throws JMSException {
    holdEverything();
    send("a");
    try (RabbitMqListener listener = open(mode, probe)) {
      await().atMost(PATIENCE).until(() -> listener.interrupted.get() == 1);
    }
    api.forward();
    send("b");
    try (RabbitMqListener next = open(mode, probe)) {
      awaitEffects("b");
    }
    assertThat(probe.attempts).isEqualTo(Map.of("b", 1));
    awaitEmpty();
  }

  /** The client ends the session, whose messages the broker takes back. */
  @ParameterizedTest
  @EnumSource(Mode.class)
  void withRequeueAMessageThatWaitsForTooLongRunsAtTheNextConsumer(Mode mode) throws JMSException {
    factory.setRequeueOnMessageListenerException(true);
    factory.setOnMessageTimeoutMs(500);
    holdEverything();
    send("a");
    try (RabbitMqListener listener = open(mode, probe)) {
      await().atMost(PATIENCE).until(() -> site.depth(queue) == 1);
    }
    api.forward();
    try (RabbitMqListener next = open(mode, probe)) {
      awaitEffects("a");
    }
    assertThat(probe.attempts).isEqualTo(probe.effects);
    awaitEmpty();
  }

  /** Each time uses up one of the queue's attempts. */
  @ParameterizedTest
  @EnumSource(Mode.class)
  void withRequeueOnTimeoutTheSameConsumerGetsItAgain(Mode mode) throws JMSException {
    factory.setRequeueOnMessageListenerException(true);
    factory.setRequeueOnTimeout(true);
    factory.setOnMessageTimeoutMs(2_000);
    holdEverything();
    send("a");
    try (RabbitMqListener listener = open(mode, probe)) {
      await().atMost(PATIENCE).until(() -> listener.deliveries.get() > 1);
      assertThat(probe.attempts).isEmpty();
      api.forward();
      awaitEffects("a");
    }
    assertThat(probe.attempts).isEqualTo(probe.effects);
    awaitEmpty();
  }

  static Stream<Arguments> modesInOneProcessAndInTwo() {
    return Stream.of(Mode.values())
        .flatMap(mode -> Stream.of(true, false).map(inOne -> Arguments.of(mode, inOne)));
  }

  /** A listener that minds no interrupt is still at work when its message is delivered again. */
  @ParameterizedTest
  @MethodSource("modesInOneProcessAndInTwo")
  void whatIsDeliveredToAnotherWhileItsListenerIsStillAtWorkDoesNotRunTwice(
      Mode mode, boolean inOne) throws JMSException {
    factory.setRequeueOnMessageListenerException(true);
    factory.setRequeueOnTimeout(true);
    factory.setOnMessageTimeoutMs(1_000);
    CountDownLatch enough = new CountDownLatch(1);
    MessageListener slow =
        message -> {
          awaitUninterruptibly(enough);
          probe.onMessage(message);
        };
    send("a");
    try (RabbitMqListener first = open(mode, slow);
        RabbitMqListener other = inOne ? open(first.onceOnly, slow) : open(mode, slow)) {
      await().atMost(PATIENCE).until(() -> first.deliveries.get() + other.deliveries.get() > 1);
      enough.countDown();
      awaitEffects("a");
    }
    assertThat(probe.attempts).isEqualTo(Map.of("a", 1));
    try (RabbitMqListener next = open(mode, probe)) {
      send("b");
      awaitEffects("a", "b");
    }
    assertThat(site.dead(queue)).isEmpty();
    awaitEmpty();
  }

  /** With a guard of its own, as one in a process of its own. */
  private RabbitMqListener open(Mode mode, MessageListener work) throws JMSException {
    return open(OnceOnlyJms.open(options(mode)), work);
  }

  private RabbitMqListener open(OnceOnlyJms onceOnly, MessageListener work) throws JMSException {
    return new RabbitMqListener(site, queue, onceOnly, work);
  }

  private void holdEverything() {
    api.answer(429, "{\"detail\": \"slower\"}", Map.of("Retry-After", "0.05"));
  }

  private void send(String... payments) {
    site.send(queue, List.of(payments));
  }

  private void awaitEffects(String... payments) {
    Map<String, Integer> once = new TreeMap<>();
    Stream.of(payments).forEach(payment -> once.put(payment, 1));
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(probe.effects).as("effects").isEqualTo(once));
  }

  private void awaitEmpty() {
    await().atMost(PATIENCE).until(() -> site.depth(queue) == 0);
  }

  private JmsOptions options(Mode mode) {
    return JmsOptions.builder()
        .scope(queue)
        .queue(queue)
        .acknowledgement(Acknowledgement.AUTO)
        .mode(mode)
        .ttl(Duration.ofHours(1))
        .leaseTtl(Duration.ofSeconds(10))
        .claimBudget(Duration.ofMillis(500))
        .maxHold(Duration.ofMillis(100))
        .client(ClientOptions.builder().apiKey(JmsCellRun.API_KEY).baseUrl(api.baseUrl()).build())
        .build();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean interrupted = false;
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
