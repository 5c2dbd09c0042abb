package tech.onceonly.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/** What a healthy consumer skips, and what it must not. */
@Tag("kafka-clients")
@ExtendWith(WithBroker.class)
class DuplicatesIT {

  private static OnceOnlyServer server;

  @BeforeAll
  static void startServer() {
    server =
        OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(LoopSettings.API_KEY).build());
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @ParameterizedTest
  @EnumSource
  void duplicatesByHeaderTakeEffectOnce(Hook hook, KafkaBroker broker, Topics topics) {
    Scenario scenario = new Scenario("duplicates", broker, topics, 3);
    scenario.send(300, 5);
    try (ConsumerLoop loop = start(scenario, hook, scenario.topic)) {
      await().atMost(PATIENCE).until(() -> loop.count() >= 300 && scenario.isDone(scenario.topic));
      assertThat(loop.effects.keySet()).isEqualTo(scenario.sent);
      assertThat(loop.effects.values()).containsOnly(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void twoGroupsAreNotDuplicatesOfEachOther(Hook hook, KafkaBroker broker, Topics topics) {
    Scenario scenario = new Scenario("groups", broker, topics, 2);
    scenario.send(100, 10);
    String other = scenario.topic + "-other";
    try (ConsumerLoop one = start(scenario, hook, scenario.topic);
        ConsumerLoop two = start(scenario, hook, other)) {
      await().atMost(PATIENCE).until(() -> one.count() >= 100 && two.count() >= 100);
      await()
          .atMost(PATIENCE)
          .until(() -> scenario.isDone(scenario.topic) && scenario.isDone(other));
      assertThat(one.effects).hasSize(100).isEqualTo(two.effects);
      assertThat(one.effects.values()).containsOnly(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRecreatedTopicHidesNothing(Hook hook, KafkaBroker broker, Topics topics) {
    Scenario scenario = new Scenario("recreated", broker, topics, 1);
    scenario.sendBare(40);
    try (ConsumerLoop before = start(scenario, hook, scenario.topic)) {
      await().atMost(PATIENCE).until(() -> before.count() >= 40 && scenario.isDone(scenario.topic));
    }
    topics.delete(scenario.topic);
    topics.create(scenario.topic, 1);
    // Deleting a topic deletes its offsets in time; a group of the same namespace starts anew now.
    scenario.sendBare(40);
    try (ConsumerLoop after = start(scenario, hook, scenario.topic)) {
      await().atMost(PATIENCE).until(() -> after.count() >= 40);
      assertThat(after.effects.keySet()).containsAll(scenario.sent.stream().skip(40).toList());
    }
  }

  private static ConsumerLoop start(Scenario scenario, Hook hook, String group) {
    return ConsumerLoop.start(
        scenario.settings(hook, group, "", server.baseUrl().toString()), each -> {});
  }
}
