package tech.onceonly.it.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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

/** Kills a share group's member, and counts what each mode promises. */
@ExtendWith(WithBroker.class)
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class ShareKillIT {

  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private static OnceOnlyServer server;

  @TempDir Path directory;

  @BeforeAll
  static void startServer() {
    server =
        OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(ShareMember.API_KEY).build());
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @ParameterizedTest
  @EnumSource
  void aKillInTheMiddle(Mode mode, KafkaBroker broker, Topics topics) {
    try (ShareTopic topic = topic("kill", mode, broker, topics)) {
      topic.sendBare(200);
      try (JavaProcess victim = worker(topic, mode, broker, "work.ms=5").start()) {
        Awaitility.await()
            .atMost(PATIENCE)
            .until(() -> alive(victim) && effects().all().size() >= 70);
        victim.kill();
      }
      finish(topic, mode, broker);
      Set<String> lost = effects().lost(topic.sent);
      if (mode == Mode.LEASE) {
        assertThat(lost).as("lost").isEmpty();
        assertThat(effects().doubled()).as("doubled").hasSizeLessThanOrEqualTo(1);
      } else {
        assertThat(lost).as("lost").hasSizeLessThanOrEqualTo(1);
        assertThat(effects().doubled()).as("doubled").isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCrashBetweenClaimAndEffect(Mode mode, KafkaBroker broker, Topics topics) {
    try (ShareTopic topic = topic("before", mode, broker, topics)) {
      topic.sendBare(40);
      crash(worker(topic, mode, broker, "halt.before=p25"));
      finish(topic, mode, broker);
      assertThat(effects().doubled()).isEmpty();
      assertThat(effects().lost(topic.sent))
          .isEqualTo(mode == Mode.LEASE ? Set.of() : Set.of("p25"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCrashBetweenEffectAndAcknowledgement(Mode mode, KafkaBroker broker, Topics topics) {
    try (ShareTopic topic = topic("after", mode, broker, topics)) {
      topic.sendBare(40);
      crash(worker(topic, mode, broker, "halt.after=p25"));
      finish(topic, mode, broker);
      assertThat(effects().lost(topic.sent)).isEmpty();
      assertThat(effects().doubled()).isEqualTo(mode == Mode.LEASE ? Set.of("p25") : Set.of());
    }
  }

  private static ShareTopic topic(String name, Mode mode, KafkaBroker broker, Topics topics) {
    // One partition: the broker goes on assigning others to a member that it takes for alive.
    return new ShareTopic("it-share-" + name + "-" + mode, 1, 5, broker, topics);
  }

  private static void crash(JavaProcessBuilder worker) {
    try (JavaProcess victim = worker.start()) {
      assertThat(victim.awaitExit(PATIENCE)).isEqualTo(1);
    }
  }

  private void finish(ShareTopic topic, Mode mode, KafkaBroker broker) {
    try (JavaProcess successor = worker(topic, mode, broker).start()) {
      Awaitility.await().atMost(PATIENCE).until(() -> alive(successor) && topic.left() == 0);
    }
    assertThat(topic.states()).noneMatch(ShareGroups::isArchived);
  }

  private JavaProcessBuilder worker(
      ShareTopic topic, Mode mode, KafkaBroker broker, String... more) {
    return JavaProcess.of(ShareWorkerMain.class)
        .arguments(
            "brokers=" + broker.bootstrapServers(),
            "topic=" + topic.name,
            "mode=" + mode,
            "base.url=" + server.baseUrl(),
            "effects=" + directory.resolve("effects"))
        .arguments(more);
  }

  private Effects effects() {
    return EffectLog.read(directory.resolve("effects"));
  }

  private static boolean alive(JavaProcess process) {
    assertThat(process.isAlive()).as(() -> String.join("\n", process.errorLines())).isTrue();
    return true;
  }
}
