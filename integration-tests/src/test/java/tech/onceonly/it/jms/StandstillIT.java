package tech.onceonly.it.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import jakarta.jms.JMSException;
import jakarta.jms.MessageListener;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.JmsBroker;
import tech.onceonly.testing.JmsBrokerKind;
import tech.onceonly.testing.JmsBrokerOptions;
import tech.onceonly.testing.ScriptedApi;

/**
 * An API key that becomes invalid in the middle of a queue, on brokers as they ship: Artemis gives
 * a message up, and deletes it, after ten attempts that follow one another at once.
 */
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class StandstillIT {

  private static final int MESSAGES = 1_000;
  private static final int BEFORE = 300;

  /** More than either broker's attempts. */
  private static final int QUESTIONS = 15;

  private static final Map<JmsBrokerKind, JmsBroker> BROKERS = new EnumMap<>(JmsBrokerKind.class);
  private static OnceOnlyServer server;

  @BeforeAll
  static void start() {
    server =
        OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(JmsCellRun.API_KEY).build());
    for (JmsBrokerKind kind : JmsBrokerKind.values()) {
      BROKERS.put(kind, JmsBroker.start(JmsBrokerOptions.asShipped(kind)));
    }
  }

  @AfterAll
  static void stop() {
    BROKERS.values().forEach(JmsBroker::close);
    server.close();
  }

  static Stream<Arguments> hooks() {
    return Stream.of(JmsBrokerKind.values())
        .flatMap(
            kind ->
                Stream.of(
                        JmsHook.LISTENER_AUTO,
                        JmsHook.RECEIVE_CLIENT,
                        JmsHook.DEFAULT_TRANSACTED,
                        JmsHook.DEFAULT_MANAGED,
                        JmsHook.SIMPLE_CLIENT)
                    .map(hook -> Arguments.of(kind, hook)));
  }

  @ParameterizedTest
  @MethodSource("hooks")
  void allThatIsNotProcessedStaysOnItsQueue(JmsBrokerKind kind, JmsHook hook) throws JMSException {
    String queue = "standstill-" + hook;
    List<String> payments = IntStream.range(0, MESSAGES).mapToObj(i -> "p" + i).toList();
    JmsBroker broker = BROKERS.get(kind);
    broker.queues().send(queue, payments);
    JmsProbe probe = new JmsProbe();
    try (ScriptedApi api =
        ScriptedApi.start(server.baseUrl().getHost(), server.baseUrl().getPort())) {
      MessageListener work =
          message -> {
            probe.onMessage(message);
            if (probe.effects.size() == BEFORE) {
              api.answer(401, "{\"detail\": \"invalid API key\"}", Map.of());
            }
          };
      try (JmsConsumerRun consumer =
          JmsConsumerRun.of(
              hook, JmsSite.of(kind, broker.url()), queue, options(kind, hook, api), work)) {
        consumer.start();
        boolean stops = hook.style == JmsHook.Style.MANAGED;
        await()
            .atMost(PATIENCE)
            .until(() -> stops ? !consumer.isRunning() : api.answered() >= QUESTIONS);

        assertThat(probe.effects).as("processed").hasSize(BEFORE);
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(broker.queues().depth(queue))
                        .as("on the queue")
                        .isEqualTo(MESSAGES - BEFORE));

        api.forward();
        if (stops) {
          consumer.start();
        }
        await().atMost(PATIENCE).until(() -> probe.effects.size() == MESSAGES);
        assertThat(probe.effects.keySet()).isEqualTo(new HashSet<>(payments));
        assertThat(probe.attempts.values()).containsOnly(1);
        await().atMost(PATIENCE).until(() -> broker.queues().depth(queue) == 0);
      }
    }
  }

  private static JmsOptions.Builder options(JmsBrokerKind kind, JmsHook hook, ScriptedApi api) {
    return JmsOptions.builder()
        .scope(kind + "-" + hook)
        .ttl(Duration.ofHours(1))
        .claimBudget(Duration.ofSeconds(5))
        .maxHold(Duration.ofMillis(100))
        .maxWait(
            hook.style == JmsHook.Style.MANAGED ? Duration.ofMillis(300) : Duration.ofMinutes(1))
        .client(ClientOptions.builder().apiKey(JmsCellRun.API_KEY).baseUrl(api.baseUrl()).build());
  }
}
