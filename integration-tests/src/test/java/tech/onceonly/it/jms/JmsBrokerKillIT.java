package tech.onceonly.it.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import jakarta.jms.JMSException;
import jakarta.jms.MessageListener;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tech.onceonly.Mode;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.JmsBroker;
import tech.onceonly.testing.JmsBrokerKind;
import tech.onceonly.testing.JmsBrokerOptions;

/** Ends the broker's process, and counts. */
class JmsBrokerKillIT {

  private static final String HIT = "p12";
  private static final List<String> PAYMENTS =
      IntStream.range(0, 30).mapToObj(i -> "p" + i).toList();
  private static final Map<JmsBrokerKind, JmsBroker> BROKERS = new EnumMap<>(JmsBrokerKind.class);
  private static OnceOnlyServer server;

  @BeforeAll
  static void start() {
    server =
        OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(JmsCellRun.API_KEY).build());
    for (JmsBrokerKind kind : JmsBrokerKind.values()) {
      BROKERS.put(kind, JmsBroker.start(new JmsBrokerOptions(kind, 10)));
    }
  }

  @AfterAll
  static void stop() {
    BROKERS.values().forEach(JmsBroker::close);
    server.close();
  }

  /** Not a plain listener, whose client may go on handing over what it has prefetched. */
  static Stream<Arguments> transacted() {
    return JmsKillIT.everywhere(JmsHook.DEFAULT_TRANSACTED, JmsHook.DEFAULT_JTA);
  }

  /** The commit of the message in hand fails: its redelivery runs, and no other. */
  @ParameterizedTest
  @MethodSource("transacted")
  void aBrokerThatIsKilledBeforeACommit(JmsBrokerKind kind, Mode mode, JmsHook hook)
      throws JMSException {
    JmsBroker broker = BROKERS.get(kind);
    String queue = "commit-" + mode + "-" + hook;
    broker.queues().sendBare(queue, PAYMENTS);
    JmsProbe probe = new JmsProbe();
    AtomicBoolean killed = new AtomicBoolean();
    MessageListener work =
        message -> {
          probe.onMessage(message);
          if (probe.effects.containsKey(HIT) && killed.compareAndSet(false, true)) {
            broker.kill();
          }
        };
    try (JmsConsumerRun consumer = consumer(kind, mode, hook, queue, work)) {
      consumer.start();
      await().atMost(PATIENCE).until(killed::get);
      await().atMost(PATIENCE).until(() -> !broker.isRunning());
      broker.restart();
      Map<String, Integer> expected = new HashMap<>();
      PAYMENTS.forEach(payment -> expected.put(payment, payment.equals(HIT) ? 2 : 1));
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(probe.effects).isEqualTo(expected);
                assertThat(broker.queues().depth(queue)).isZero();
              });
    } finally {
      if (!broker.isRunning()) {
        broker.restart();
      }
    }
  }

  private JmsConsumerRun consumer(
      JmsBrokerKind kind, Mode mode, JmsHook hook, String queue, MessageListener work)
      throws JMSException {
    return JmsConsumerRun.of(
        hook,
        JmsSite.of(kind, BROKERS.get(kind).url()),
        queue,
        JmsWorkerMain.options(mode, queue, server.baseUrl().toString()),
        work);
  }
}
