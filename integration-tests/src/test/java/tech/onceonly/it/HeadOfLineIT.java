package tech.onceonly.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.Decision;
import tech.onceonly.GuardEvents;
import tech.onceonly.Outcome;
import tech.onceonly.Settlement;
import tech.onceonly.kafka.KafkaGuard;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/** A record that is in progress elsewhere holds its own partition, and no longer than its lease. */
@ExtendWith(WithBroker.class)
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class HeadOfLineIT {

  /** For a busy machine, beyond the lease: to be asked for again, and to run. */
  private static final Duration SLACK = Duration.ofSeconds(4);

  private static final int OTHERS = 20;

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
  @EnumSource(names = {"WRAP_LEASE", "FOR_EACH_LEASE"})
  void itsPartitionAloneWaitsAndNoLongerThanItsLease(Hook hook, KafkaBroker broker, Topics topics) {
    Scenario scenario = new Scenario("head-dies", broker, topics, 2);
    LoopSettings settings = scenario.settings(hook, server.baseUrl().toString());
    try (KafkaGuard elsewhere = elsewhere(settings)) {
      Decision held = elsewhere.decide(record(scenario.topic, "head"));
      assertThat(held).isInstanceOf(Decision.Process.class);
      try (ConsumerLoop loop = ConsumerLoop.start(settings, each -> {})) {
        send(scenario, 0, "head", "behind-1", "behind-2");
        othersGoOn(scenario, loop);
        assertThat(loop.effects).doesNotContainKeys("head", "behind-1", "behind-2");

        // As if its process had died: nobody renews the lease or gives it back.
        long died = System.nanoTime();
        elsewhere.close();
        awaitEffects(loop, "head", "behind-1", "behind-2");
        assertThat(Duration.ofNanos(System.nanoTime() - died))
            .isLessThan(LoopSettings.LEASE_TTL.plus(SLACK));
        finish(scenario, loop);
        assertThat(loop.effects).hasSize(2 * OTHERS + 3);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"WRAP_LEASE", "FOR_EACH_LEASE"})
  void whatIsFinishedElsewhereIsSkippedAndWhatIsBehindItRuns(
      Hook hook, KafkaBroker broker, Topics topics) {
    Scenario scenario = new Scenario("head-ends", broker, topics, 2);
    LoopSettings settings = scenario.settings(hook, server.baseUrl().toString());
    try (KafkaGuard elsewhere = elsewhere(settings)) {
      Decision held = elsewhere.decide(record(scenario.topic, "head"));
      try (ConsumerLoop loop = ConsumerLoop.start(settings, each -> {})) {
        send(scenario, 0, "head", "behind-1", "behind-2");
        othersGoOn(scenario, loop);
        elsewhere.settle(held, Outcome.SUCCEEDED);
        awaitEffects(loop, "behind-1", "behind-2");
        finish(scenario, loop);
        assertThat(loop.effects).doesNotContainKey("head").hasSize(2 * OTHERS + 2);
      }
    }
  }

  /** Twice: before and after the held record was asked for again. */
  private static void othersGoOn(Scenario scenario, ConsumerLoop loop) {
    for (int round = 1; round <= 2; round++) {
      long asked = loop.counters.count("decision.hold.in_progress");
      int from = (round - 1) * OTHERS;
      String[] others =
          Stream.iterate(from, i -> i + 1)
              .limit(OTHERS)
              .map(i -> "other-" + i)
              .toArray(String[]::new);
      send(scenario, 1, others);
      awaitEffects(loop, others);
      await()
          .atMost(PATIENCE)
          .until(() -> loop.counters.count("decision.hold.in_progress") > asked);
    }
  }

  private static void finish(Scenario scenario, ConsumerLoop loop) {
    await().atMost(PATIENCE).until(() -> scenario.isDone(scenario.topic));
    assertThat(loop.effects.values()).containsOnly(1);
  }

  private static void awaitEffects(ConsumerLoop loop, String... ids) {
    await()
        .atMost(PATIENCE)
        .until(() -> loop.count() > 0 && Stream.of(ids).allMatch(loop.effects::containsKey));
  }

  private static void send(Scenario scenario, int partition, String... ids) {
    scenario.topics.produce(
        Stream.of(ids).map(id -> Topics.keyed(scenario.topic, partition, id)).toList());
  }

  private static KafkaGuard elsewhere(LoopSettings settings) {
    return KafkaGuard.open(settings.options(GuardEvents.NONE), Settlement.BY_OUTCOME);
  }

  private static ConsumerRecord<String, String> record(String topic, String id) {
    ConsumerRecord<String, String> record = new ConsumerRecord<>(topic, 1, 0, id, id);
    record.headers().add("Idempotency-Key", id.getBytes(StandardCharsets.UTF_8));
    return record;
  }
}
