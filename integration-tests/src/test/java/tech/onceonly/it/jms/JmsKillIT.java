package tech.onceonly.it.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tech.onceonly.Mode;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.EffectLog;
import tech.onceonly.testing.Effects;
import tech.onceonly.testing.JavaProcess;
import tech.onceonly.testing.JavaProcessBuilder;
import tech.onceonly.testing.JmsBroker;
import tech.onceonly.testing.JmsBrokerKind;
import tech.onceonly.testing.JmsBrokerOptions;

/** Ends the consumer's process, and counts what each mode promises. */
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class JmsKillIT {

  private static final String HIT = "p12";
  private static final List<String> PAYMENTS =
      IntStream.range(0, 30).mapToObj(i -> "p" + i).toList();
  private static final Map<JmsBrokerKind, JmsBroker> BROKERS = new EnumMap<>(JmsBrokerKind.class);
  private static OnceOnlyServer server;

  @TempDir Path directory;

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

  /** On both brokers, in both modes. */
  static Stream<Arguments> everywhere(JmsHook... hooks) {
    return Stream.of(JmsBrokerKind.values())
        .flatMap(
            kind ->
                Stream.of(Mode.values())
                    .flatMap(mode -> Stream.of(hooks).map(hook -> Arguments.of(kind, mode, hook))));
  }

  static Stream<Arguments> consumers() {
    return everywhere(
        JmsHook.LISTENER_AUTO,
        JmsHook.RECEIVE_CLIENT,
        JmsHook.RECEIVE_BATCH,
        JmsHook.DEFAULT_TRANSACTED,
        JmsHook.DEFAULT_JTA);
  }

  /** Whose listener can hear of its commit. */
  static Stream<Arguments> managed() {
    return everywhere(JmsHook.DEFAULT_JTA);
  }

  @ParameterizedTest
  @MethodSource("consumers")
  void aCrashBetweenClaimAndEffect(JmsBrokerKind kind, Mode mode, JmsHook hook) {
    crash("before", kind, mode, hook);
    Set<String> lost = effects().lost(new HashSet<>(PAYMENTS));
    if (mode == Mode.LEASE) {
      assertThat(lost).as("lost").isEmpty();
    } else {
      assertThat(lost).as("lost").containsExactly(HIT);
    }
    assertThat(effects().doubled()).as("doubled").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("consumers")
  void aCrashBetweenEffectAndSettlement(JmsBrokerKind kind, Mode mode, JmsHook hook) {
    crash("after", kind, mode, hook);
    assertThat(effects().lost(new HashSet<>(PAYMENTS))).as("lost").isEmpty();
    if (mode == Mode.LEASE) {
      assertThat(effects().doubled()).as("doubled").containsExactly(HIT);
    } else {
      assertThat(effects().doubled()).as("doubled").isEmpty();
    }
  }

  /** The broker has let go of the message: a claim left open loses nothing, and doubles nothing. */
  @ParameterizedTest
  @MethodSource("managed")
  void aCrashBetweenCommitAndSettlement(JmsBrokerKind kind, Mode mode, JmsHook hook) {
    crash("committed", kind, mode, hook);
    assertThat(effects().lost(new HashSet<>(PAYMENTS))).as("lost").isEmpty();
    assertThat(effects().doubled()).as("doubled").isEmpty();
  }

  private void crash(String when, JmsBrokerKind kind, Mode mode, JmsHook hook) {
    String queue = when + "-" + mode + "-" + hook;
    BROKERS.get(kind).queues().sendBare(queue, PAYMENTS);
    try (JavaProcess victim =
        worker(kind, mode, hook, queue).arguments("halt." + when + "=" + HIT).start()) {
      assertThat(victim.awaitExit(PATIENCE)).isEqualTo(1);
    }
    try (JavaProcess successor = worker(kind, mode, hook, queue).start()) {
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                assertThat(successor.isAlive())
                    .as(() -> String.join("\n", successor.errorLines()))
                    .isTrue();
                return BROKERS.get(kind).queues().depth(queue) == 0;
              });
    }
  }

  private JavaProcessBuilder worker(JmsBrokerKind kind, Mode mode, JmsHook hook, String queue) {
    return JavaProcess.of(JmsWorkerMain.class)
        .arguments(
            "hook=" + hook,
            "broker=" + kind.name(),
            "url=" + BROKERS.get(kind).url(),
            "queue=" + queue,
            "mode=" + mode,
            "base.url=" + server.baseUrl(),
            "effects=" + directory.resolve("effects"));
  }

  private Effects effects() {
    return EffectLog.read(directory.resolve("effects"));
  }
}
