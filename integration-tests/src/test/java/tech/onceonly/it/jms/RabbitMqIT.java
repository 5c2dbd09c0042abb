package tech.onceonly.it.jms;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.jms.admin.RMQConnectionFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tech.onceonly.Mode;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;

/**
 * As {@link JmsModesIT}, on RabbitMQ, whose client has no XA. What a listener's failure is in a
 * session that does not roll back is {@link RabbitMqListenerIT}'s to show.
 */
@WithRabbitMq
class RabbitMqIT {

  private static final int AT_ONCE = 8;

  /** Far more than a message waits here: a listener's timeout is another test's. */
  private static final int LISTENER_TIMEOUT_MILLIS = 60_000;

  private static final Set<JmsHook> END_WITH_A_FAILURE =
      EnumSet.of(JmsHook.LISTENER_AUTO, JmsHook.LISTENER_DUPS_OK, JmsHook.LISTENER_CLIENT);

  @TempDir private static Path directory;
  private static RabbitMqServer rabbit;
  private static RabbitMqSite oneInHand;
  private static RabbitMqSite allInHand;
  private static OnceOnlyServer server;
  private static ExecutorService pool;

  @BeforeAll
  static void start() throws IOException {
    rabbit = RabbitMqServer.start(directory);
    RMQConnectionFactory asShipped = rabbit.connectionFactory();
    asShipped.setOnMessageTimeoutMs(LISTENER_TIMEOUT_MILLIS);
    allInHand = new RabbitMqSite(asShipped);
    RMQConnectionFactory factory = rabbit.connectionFactory();
    factory.setOnMessageTimeoutMs(LISTENER_TIMEOUT_MILLIS);
    factory.setChannelsQos(1);
    oneInHand = new RabbitMqSite(factory);
    server =
        OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(JmsCellRun.API_KEY).build());
    pool = Executors.newFixedThreadPool(AT_ONCE);
  }

  @AfterAll
  static void stop() throws IOException {
    pool.shutdownNow();
    server.close();
    rabbit.close();
  }

  @TestFactory
  Stream<DynamicTest> everyCell() {
    Map<String, CompletableFuture<String>> runs = new LinkedHashMap<>();
    for (Mode mode : Mode.values()) {
      for (JmsHook hook : EnumSet.complementOf(EnumSet.of(JmsHook.DEFAULT_JTA))) {
        for (JmsCase what : JmsCase.values()) {
          if (exists(hook, what)) {
            runs.put(
                mode + ", " + hook.title + ": " + what.title,
                CompletableFuture.supplyAsync(() -> run(mode, hook, what), pool));
          }
        }
      }
    }
    return runs.entrySet().stream()
        .map(
            run ->
                DynamicTest.dynamicTest(
                    run.getKey(), () -> assertThat(run.getValue().get()).isNotEmpty()));
  }

  private static boolean exists(JmsHook hook, JmsCase what) {
    boolean fails = what == JmsCase.THROWS || what == JmsCase.DEAD;
    return !(fails && END_WITH_A_FAILURE.contains(hook))
        && !(what == JmsCase.DEAD && hook.losesWhatFails());
  }

  private static String run(Mode mode, JmsHook hook, JmsCase what) {
    String queue = mode + "-" + hook + "-" + what;
    // A duplicate, which is acknowledged with the next, would be all that it may have in hand.
    JmsSite site = hook == JmsHook.LISTENER_CLIENT ? allInHand : oneInHand;
    try (JmsCellRun run = new JmsCellRun(mode, hook, what, queue, site, server.baseUrl())) {
      return run.run();
    } catch (Exception e) {
      throw new CompletionException(e);
    }
  }
}
