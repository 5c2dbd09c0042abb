package tech.onceonly.it.share;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.testing.Await.PATIENCE;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.GuardCounters;
import tech.onceonly.Mode;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.OutageProxy;
import tech.onceonly.testing.ScriptedApi;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/** Share groups on a real broker; locks last five seconds, and two deliveries archive. */
@ExtendWith(WithBroker.class)
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class ShareGroupIT {

  /** The fewest that a broker takes. */
  private static final int MOST_DELIVERIES = 2;

  /** More locks than there are deliveries before a record is archived. */
  private static final Duration THREE_LOCKS = ShareGroups.LOCK.multipliedBy(3);

  private static OnceOnlyServer server;

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
  void duplicatesByHeaderTakeEffectOnceAcrossTwoMembers(
      Mode mode, KafkaBroker broker, Topics topics) {
    try (Run run = new Run("duplicates", mode, broker, topics)) {
      run.send(200, 5);
      run.members(2, server.baseUrl().toString(), true, record -> {});
      run.awaitAllDone();
      assertThat(run.effects.values()).containsOnly(1);
      assertThat(run.mostDeliveries()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aListenerThatFailsIsRetriedByWhicheverMemberGetsIt(
      Mode mode, KafkaBroker broker, Topics topics) {
    Set<String> failed = ConcurrentHashMap.newKeySet();
    try (Run run = new Run("fails", mode, broker, topics)) {
      run.send(100, 10);
      run.members(
          2,
          server.baseUrl().toString(),
          true,
          record -> {
            if (record.value().endsWith("7") && failed.add(record.value())) {
              throw new ShareMember.ListenerFailure();
            }
          });
      run.awaitAllDone();
      assertThat(failed).hasSize(10);
      assertThat(run.effects.values()).containsOnly(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void workThatOutlastsTheLockIsNotDeliveredAgain(Mode mode, KafkaBroker broker, Topics topics) {
    try (Run run = new Run("long", mode, broker, topics)) {
      run.send(2, 0);
      run.members(
          2,
          server.baseUrl().toString(),
          true,
          record -> LockSupport.parkNanos(ShareGroups.LOCK.multipliedBy(2).toNanos()));
      run.awaitAllDone();
      assertThat(run.effects.values()).containsOnly(1);
      assertThat(run.mostDeliveries()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRateLimitIsWaitedForAndCostsNoDelivery(Mode mode, KafkaBroker broker, Topics topics) {
    try (ScriptedApi api = scripted();
        Run run = new Run("limited", mode, broker, topics)) {
      run.members(1, api.baseUrl(), true, record -> {});
      api.answer(429, "{\"detail\":\"rate_limited\"}", Map.of("Retry-After", "1"));
      run.send(30, 3);
      run.standsFor(THREE_LOCKS);
      assertThat(api.answered()).isPositive();
      api.forward();
      run.awaitAllDone();
      assertThat(run.effects.values()).containsOnly(1);
      assertThat(run.mostDeliveries()).isLessThanOrEqualTo(ShareGroups.RENEWED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRefusalIsLoudAndWhenMendedNothingIsLost(Mode mode, KafkaBroker broker, Topics topics) {
    try (ScriptedApi api = scripted();
        Run run = new Run("refused", mode, broker, topics)) {
      ShareMember member = run.members(1, api.baseUrl(), true, record -> {}).get(0);
      api.answer(401, "{\"detail\":\"Invalid API key\"}", Map.of());
      run.send(30, 3);
      await().until(() -> member.isWell() && member.refusals.get() > 0);
      run.standsFor(THREE_LOCKS);
      api.forward();
      run.awaitAllDone();
      assertThat(run.effects.values()).containsOnly(1);
      assertThat(run.mostDeliveries()).isLessThanOrEqualTo(ShareGroups.RENEWED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anOutageWithFailOpenRunsUnprotected(Mode mode, KafkaBroker broker, Topics topics) {
    try (OutageProxy proxy = proxy();
        Run run = new Run("outage", mode, broker, topics)) {
      run.members(1, proxy.baseUrl(), true, record -> {});
      run.send(30, 3);
      run.awaitAllDone();
      proxy.refuse();
      run.send(30, 3);
      run.awaitAllDone();
      assertThat(run.counters.count("decision.unprotected.outage")).isGreaterThanOrEqualTo(30);
      proxy.restore();
      run.send(30, 3);
      run.awaitAllDone();
      assertThat(run.effects.values()).as("known in this process").containsOnly(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anOutageWithFailOpenOffIsWaitedForAndArchivesNothing(
      Mode mode, KafkaBroker broker, Topics topics) {
    try (OutageProxy proxy = proxy();
        Run run = new Run("held", mode, broker, topics)) {
      run.members(2, proxy.baseUrl(), false, record -> {});
      run.send(20, 0);
      run.awaitAllDone();
      proxy.refuse();
      run.send(30, 3);
      run.standsFor(THREE_LOCKS);
      proxy.restore();
      run.awaitAllDone();
      assertThat(run.effects.values()).containsOnly(1);
      assertThat(run.mostDeliveries()).isLessThanOrEqualTo(ShareGroups.RENEWED);
    }
  }

  private static ScriptedApi scripted() {
    return ScriptedApi.start(server.baseUrl().getHost(), server.baseUrl().getPort());
  }

  private static OutageProxy proxy() {
    return OutageProxy.start(server.baseUrl().getHost(), server.baseUrl().getPort());
  }

  private static ConditionFactory await() {
    return Awaitility.await().atMost(PATIENCE);
  }

  /** A group, its topic and its members, and what took effect. */
  private static final class Run implements AutoCloseable {

    final Map<String, Integer> effects = new ConcurrentHashMap<>();
    final GuardCounters counters = new GuardCounters();
    private final Mode mode;
    private final KafkaBroker broker;
    private final ShareTopic topic;
    private List<ShareMember> members = List.of();

    Run(String name, Mode mode, KafkaBroker broker, Topics topics) {
      this.mode = mode;
      this.broker = broker;
      topic = new ShareTopic("it-share-" + name + "-" + mode, 2, MOST_DELIVERIES, broker, topics);
    }

    void send(int payments, int duplicateEvery) {
      topic.send(payments, duplicateEvery);
    }

    List<ShareMember> members(
        int count,
        String baseUrl,
        boolean failOpen,
        Consumer<ConsumerRecord<String, String>> work) {
      members =
          IntStream.range(0, count)
              .mapToObj(
                  i ->
                      new ShareMember(
                              broker.bootstrapServers(),
                              topic.name,
                              ShareMember.options(topic.name, mode, baseUrl, failOpen, counters),
                              effects,
                              work)
                          .start())
              .toList();
      return members;
    }

    void awaitAllDone() {
      await()
          .until(
              () ->
                  members.stream().allMatch(ShareMember::isWell)
                      && effects.keySet().equals(topic.sent)
                      && topic.left() == 0);
      assertThat(topic.states()).noneMatch(ShareGroups::isArchived);
    }

    /** Nothing more takes effect for so long, and nothing is acknowledged. */
    void standsFor(Duration time) {
      int before = effects.size();
      long left = topic.left();
      assertThat(left).isPositive();
      Awaitility.await()
          .during(time)
          .atMost(time.plusSeconds(30))
          .until(
              () ->
                  members.stream().allMatch(ShareMember::isWell)
                      && effects.size() == before
                      && topic.left() == left);
    }

    int mostDeliveries() {
      return Math.max(
          ShareGroups.mostDeliveries(topic.states()),
          members.stream().mapToInt(member -> member.mostDeliveries.get()).max().orElse(0));
    }

    @Override
    public void close() {
      members.forEach(ShareMember::close);
      topic.close();
    }
  }
}
