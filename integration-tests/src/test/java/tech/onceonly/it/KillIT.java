package tech.onceonly.it;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.testing.Await.PATIENCE;

import java.nio.file.Path;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.Mode;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.EffectLog;
import tech.onceonly.testing.Effects;
import tech.onceonly.testing.JavaProcess;
import tech.onceonly.testing.JavaProcessBuilder;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/** Kills the consumer's process, and counts what each mode promises. */
@ExtendWith(WithBroker.class)
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class KillIT {

  @TempDir Path directory;
  private OnceOnlyServer server;

  @BeforeEach
  void startServer() {
    server =
        OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(LoopSettings.API_KEY).build());
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @ParameterizedTest
  @Tag("kafka-clients")
  @EnumSource(names = {"FOR_EACH_LEASE", "WRAP_LEASE", "FOR_EACH_CHECK_LOCK"})
  void redeliveryAfterAKillIsKnownByItsOffset(Hook hook, KafkaBroker broker, Topics topics) {
    Scenario scenario = new Scenario("kill", broker, topics, 2);
    scenario.sendBare(400);
    try (JavaProcess victim = worker(scenario, hook, "work.ms=2").start()) {
      Awaitility.await()
          .atMost(PATIENCE)
          .until(() -> alive(victim) && effects().all().size() >= 130);
      victim.kill();
    }
    finish(scenario, hook);
    Effects effects = effects();
    if (hook.mode() == Mode.LEASE) {
      assertThat(effects.lost(scenario.sent)).as("lost").isEmpty();
      int mostDoubled = hook == Hook.WRAP_LEASE ? 50 : 1;
      assertThat(effects.doubled()).as("doubled").hasSizeLessThanOrEqualTo(mostDoubled);
    } else {
      assertThat(effects.lost(scenario.sent)).as("lost").hasSizeLessThanOrEqualTo(1);
      assertThat(effects.doubled()).as("doubled").isEmpty();
    }
  }

  @Test
  @Tag("kafka-clients")
  void aKillOfTheInterceptorsConsumerLosesAtMostThePollInHand(KafkaBroker broker, Topics topics) {
    Scenario scenario = new Scenario("kill-interceptor", broker, topics, 2);
    scenario.sendBare(400);
    try (JavaProcess victim = worker(scenario, Hook.INTERCEPTOR, "work.ms=2").start()) {
      Awaitility.await()
          .atMost(PATIENCE)
          .until(() -> alive(victim) && effects().all().size() >= 130);
      victim.kill();
    }
    finish(scenario, Hook.INTERCEPTOR);
    assertThat(effects().lost(scenario.sent)).as("lost").hasSizeLessThanOrEqualTo(50);
    assertThat(effects().doubled()).as("doubled").isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"FOR_EACH_LEASE", "WRAP_LEASE", "FOR_EACH_CHECK_LOCK", "WRAP_CHECK_LOCK"})
  void aCrashBetweenClaimAndEffect(Hook hook, KafkaBroker broker, Topics topics) {
    Scenario scenario = new Scenario("crash-before", broker, topics, 1);
    scenario.sendBare(60);
    try (JavaProcess victim = worker(scenario, hook, "halt.before=p25").start()) {
      assertThat(victim.awaitExit(PATIENCE)).isEqualTo(1);
    }
    finish(scenario, hook);
    Set<String> lost = effects().lost(scenario.sent);
    switch (hook) {
      case FOR_EACH_LEASE, WRAP_LEASE -> assertThat(lost).isEmpty();
      case FOR_EACH_CHECK_LOCK -> assertThat(lost).containsExactly("p25");
      // The wrapped consumer claims a whole poll: all of it that had no effect yet is its window.
      default -> assertThat(lost).contains("p25").hasSizeLessThanOrEqualTo(50);
    }
    if (hook != Hook.WRAP_LEASE) {
      assertThat(effects().doubled()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FOR_EACH_LEASE", "FOR_EACH_CHECK_LOCK"})
  void aCrashBetweenEffectAndSettlement(Hook hook, KafkaBroker broker, Topics topics) {
    Scenario scenario = new Scenario("crash-after", broker, topics, 1);
    scenario.sendBare(60);
    try (JavaProcess victim = worker(scenario, hook, "halt.after=p25").start()) {
      assertThat(victim.awaitExit(PATIENCE)).isEqualTo(1);
    }
    finish(scenario, hook);
    assertThat(effects().lost(scenario.sent)).isEmpty();
    if (hook.mode() == Mode.LEASE) {
      assertThat(effects().doubled()).containsExactly("p25");
    } else {
      assertThat(effects().doubled()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FOR_EACH_LEASE", "FOR_EACH_CHECK_LOCK", "WRAP_LEASE"})
  void aRebalanceInTheMiddleOfItsBatch(Hook hook, KafkaBroker broker, Topics topics) {
    Scenario scenario = new Scenario("rebalance", broker, topics, 4);
    scenario.send(400, 10);
    try (JavaProcess one = dynamic(scenario, hook).start()) {
      Awaitility.await().atMost(PATIENCE).until(() -> alive(one) && effects().all().size() >= 60);
      try (JavaProcess two = dynamic(scenario, hook).start()) {
        Awaitility.await()
            .atMost(PATIENCE)
            .until(() -> alive(one) && alive(two) && scenario.isDone(scenario.topic));
      }
    }
    assertThat(effects().lost(scenario.sent)).as("lost").isEmpty();
    assertThat(effects().doubled()).as("doubled").isEmpty();
  }

  private void finish(Scenario scenario, Hook hook) {
    try (JavaProcess successor = worker(scenario, hook).start()) {
      Awaitility.await()
          .atMost(PATIENCE)
          .until(() -> alive(successor) && scenario.isDone(scenario.topic));
    }
  }

  private JavaProcessBuilder worker(Scenario scenario, Hook hook, String... more) {
    return process(scenario, hook).arguments("instance=worker").arguments(more);
  }

  private JavaProcessBuilder dynamic(Scenario scenario, Hook hook) {
    return process(scenario, hook).arguments("work.ms=5");
  }

  private JavaProcessBuilder process(Scenario scenario, Hook hook) {
    return JavaProcess.of(WorkerMain.class)
        .arguments(
            "hook=" + hook,
            "brokers=" + scenario.broker.bootstrapServers(),
            "topic=" + scenario.topic,
            "group=" + scenario.topic,
            "base.url=" + server.baseUrl(),
            "effects=" + effectsFile());
  }

  private Path effectsFile() {
    return directory.resolve("effects");
  }

  private Effects effects() {
    return EffectLog.read(effectsFile());
  }

  private static boolean alive(JavaProcess process) {
    assertThat(process.isAlive()).as(() -> String.join("\n", process.errorLines())).isTrue();
    return true;
  }
}
