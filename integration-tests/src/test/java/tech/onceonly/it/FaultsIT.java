package tech.onceonly.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.it.ConsumerLoop.ListenerFailure;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.OutageProxy;
import tech.onceonly.testing.ScriptedApi;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/** The API goes away, or refuses, in the middle of a consumer's work; and comes back. */
@Tag("kafka-clients")
@ExtendWith(WithBroker.class)
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class FaultsIT {

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
  @EnumSource
  void anOutageInTheMiddleLosesNothingAndDoublesNothingHere(
      Hook hook, KafkaBroker broker, Topics topics) {
    Scenario scenario = new Scenario("outage", broker, topics, 2);
    URI target = server.baseUrl();
    try (OutageProxy proxy = OutageProxy.start(target.getHost(), target.getPort());
        ConsumerLoop loop =
            ConsumerLoop.start(scenario.settings(hook, proxy.baseUrl()), each -> {})) {
      scenario.send(100, 10);
      await().atMost(PATIENCE).until(() -> loop.count() >= 100);
      proxy.refuse();
      scenario.send(100, 10);
      await().atMost(PATIENCE).until(() -> loop.count() >= 200);
      proxy.blackhole();
      scenario.send(50, 0);
      await().atMost(PATIENCE).until(() -> loop.count() >= 250);
      proxy.restore();
      scenario.send(100, 10);
      await().atMost(PATIENCE).until(() -> loop.count() >= 350 && scenario.isDone(scenario.topic));
      assertThat(loop.effects.keySet()).isEqualTo(scenario.sent);
      assertThat(loop.effects.values()).as("known in this process").containsOnly(1);
      if (hook != Hook.INTERCEPTOR) {
        assertThat(loop.counters.count("decision.unprotected.outage")).isGreaterThanOrEqualTo(150);
        assertThat(loop.counters.count("outage.began")).isPositive();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void a401InTheMiddleProcessesNothingAndResumesWhenMended(
      Hook hook, KafkaBroker broker, Topics topics) {
    refusedThenMended(hook, broker, topics, 401, Map.of());
  }

  @ParameterizedTest
  @EnumSource
  void a402InTheMiddleProcessesNothingAndResumesWhenMended(
      Hook hook, KafkaBroker broker, Topics topics) {
    refusedThenMended(hook, broker, topics, 402, Map.of());
  }

  @ParameterizedTest
  @EnumSource
  void a429InTheMiddleProcessesNothingAndResumesWhenMended(
      Hook hook, KafkaBroker broker, Topics topics) {
    refusedThenMended(hook, broker, topics, 429, Map.of("Retry-After", "0.3"));
  }

  @ParameterizedTest
  @EnumSource
  void aListenerThatThrowsRunsAgainAndTakesEffectOnce(
      Hook hook, KafkaBroker broker, Topics topics) {
    Scenario scenario = new Scenario("throws", broker, topics, 2);
    Set<String> failed = ConcurrentHashMap.newKeySet();
    LoopSettings settings = scenario.settings(hook, server.baseUrl().toString());
    try (ConsumerLoop loop =
        ConsumerLoop.start(
            settings,
            each -> {
              if (each.value().endsWith("7") && failed.add(each.value())) {
                throw new ListenerFailure();
              }
            })) {
      scenario.send(200, 10);
      await().atMost(PATIENCE).until(() -> loop.count() >= 200 && scenario.isDone(scenario.topic));
      assertThat(failed).hasSize(20);
      assertThat(loop.effects.keySet()).isEqualTo(scenario.sent);
      assertThat(loop.effects.values()).containsOnly(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aClaimInDoubtWhoseListenerThrowsIsNotTakenForItsOwnDuplicate(
      Hook hook, KafkaBroker broker, Topics topics) {
    Scenario scenario = new Scenario("doubt", broker, topics, 1);
    URI target = server.baseUrl();
    AtomicBoolean thrown = new AtomicBoolean();
    try (OutageProxy proxy = OutageProxy.start(target.getHost(), target.getPort());
        ConsumerLoop loop =
            ConsumerLoop.start(
                scenario.settings(hook, proxy.baseUrl()),
                each -> {
                  if (each.value().equals("p10") && thrown.compareAndSet(false, true)) {
                    proxy.restore();
                    throw new ListenerFailure();
                  }
                })) {
      scenario.sendBare(10);
      await().atMost(PATIENCE).until(() -> loop.count() >= 10 && scenario.isDone(scenario.topic));
      // The claims reach the server and are applied; that they are is never heard of.
      proxy.loseAnswers();
      scenario.sendBare(10);
      await().atMost(PATIENCE).until(() -> loop.count() >= 20 && scenario.isDone(scenario.topic));
      assertThat(thrown).isTrue();
      if (hook != Hook.INTERCEPTOR) {
        assertThat(loop.counters.count("decision.unprotected.outage")).as("in doubt").isPositive();
      }
      assertThat(loop.effects.keySet()).isEqualTo(scenario.sent);
      assertThat(loop.effects.values()).containsOnly(1);
    }
  }

  private void refusedThenMended(
      Hook hook, KafkaBroker broker, Topics topics, int status, Map<String, String> headers) {
    Scenario scenario = new Scenario("refused-" + status, broker, topics, 2);
    URI target = server.baseUrl();
    try (ScriptedApi api = ScriptedApi.start(target.getHost(), target.getPort());
        ConsumerLoop loop =
            ConsumerLoop.start(scenario.settings(hook, api.baseUrl()), each -> {})) {
      scenario.send(60, 0);
      await().atMost(PATIENCE).until(() -> loop.count() >= 60 && scenario.isDone(scenario.topic));
      api.answer(status, "{\"detail\": \"refused by the test\"}", headers);
      long before = api.answered();
      scenario.send(60, 10);
      await().atMost(PATIENCE).until(() -> api.answered() >= before + 3);
      assertThat(loop.count()).as("processed while refused").isEqualTo(60);
      assertThat(scenario.topics.uncommitted(scenario.topic, scenario.topic)).isEqualTo(66);
      api.forward();
      await().atMost(PATIENCE).until(() -> loop.count() >= 120 && scenario.isDone(scenario.topic));
      assertThat(loop.effects.keySet()).isEqualTo(scenario.sent);
      assertThat(loop.effects.values()).containsOnly(1);
      if (status != 429 && hook != Hook.INTERCEPTOR) {
        assertThat(loop.refusals).hasPositiveValue();
      }
    }
  }
}
