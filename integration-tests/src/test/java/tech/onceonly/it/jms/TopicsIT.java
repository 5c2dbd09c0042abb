package tech.onceonly.it.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.it.jms.TopicReader.Hook;
import tech.onceonly.it.jms.TopicReader.Subscription;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.JmsBroker;
import tech.onceonly.testing.JmsBrokerKind;
import tech.onceonly.testing.JmsBrokerOptions;

/**
 * Topics: each subscription gets a copy of every message, and none may be taken for the duplicate
 * of another's. ActiveMQ Classic has no shared subscriptions.
 */
class TopicsIT {

  private static final String SCOPE = "shop";
  private static final Map<JmsBrokerKind, JmsBroker> BROKERS = new EnumMap<>(JmsBrokerKind.class);
  private static OnceOnlyServer server;
  private static int topics;

  private final JmsProbe probe = new JmsProbe();
  private final JmsProbe other = new JmsProbe();
  private String topic;

  @BeforeAll
  static void start() {
    server =
        OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(JmsCellRun.API_KEY).build());
    for (JmsBrokerKind kind : JmsBrokerKind.values()) {
      BROKERS.put(kind, JmsBroker.start(new JmsBrokerOptions(kind, JmsCellRun.ATTEMPTS)));
    }
  }

  @AfterAll
  static void stop() {
    BROKERS.values().forEach(JmsBroker::close);
    server.close();
  }

  @BeforeEach
  void name() {
    topic = "topic-" + topics++;
  }

  static Stream<Arguments> everywhere() {
    return Stream.of(JmsBrokerKind.values()).flatMap(TopicsIT::on);
  }

  static Stream<Arguments> whereSubscriptionsAreShared() {
    return on(JmsBrokerKind.ARTEMIS)
        .flatMap(
            each ->
                Stream.of(true, false)
                    .map(
                        durable ->
                            Arguments.of(each.get()[0], each.get()[1], each.get()[2], durable)));
  }

  private static Stream<Arguments> on(JmsBrokerKind kind) {
    return Stream.of(Mode.values())
        .flatMap(mode -> Stream.of(Hook.values()).map(hook -> Arguments.of(kind, mode, hook)));
  }

  @ParameterizedTest
  @MethodSource("everywhere")
  void subscriptionsThatAreNotDurableEachGetEveryMessageOnce(
      JmsBrokerKind kind, Mode mode, Hook hook) throws JMSException {
    eachGetsEveryMessageOnce(
        kind, mode, hook, Subscription.plain("one"), Subscription.plain("two"));
  }

  @ParameterizedTest
  @MethodSource("everywhere")
  void durableSubscriptionsOfOneScopeEachGetEveryMessageOnce(
      JmsBrokerKind kind, Mode mode, Hook hook) throws JMSException {
    Subscription one = Subscription.durable(topic + "-client", "one");
    Subscription two = Subscription.durable(topic + "-other", "two");
    eachGetsEveryMessageOnce(kind, mode, hook, one, two);
  }

  /** Client id and name are who a durable subscription is. */
  @ParameterizedTest
  @MethodSource("everywhere")
  void durableSubscriptionsOfOneNameAndTwoClientsEachGetEveryMessageOnce(
      JmsBrokerKind kind, Mode mode, Hook hook) throws JMSException {
    Subscription one = Subscription.durable(topic + "-client", "orders");
    Subscription two = Subscription.durable(topic + "-other", "orders");
    eachGetsEveryMessageOnce(kind, mode, hook, one, two);
  }

  @ParameterizedTest
  @MethodSource("everywhere")
  void twoScopesEachGetEveryMessageOnce(JmsBrokerKind kind, Mode mode, Hook hook)
      throws JMSException {
    try (TopicReader first =
            reader(kind, mode, hook, "billing", Subscription.durable(topic + "-1", "o"), probe);
        TopicReader second =
            reader(kind, mode, hook, "shipping", Subscription.durable(topic + "-2", "o"), other)) {
      eachIsToldOnce(kind);
    }
  }

  @ParameterizedTest
  @MethodSource("everywhere")
  void aDurableSubscriptionGetsWhatWasSentWhileNobodyRead(JmsBrokerKind kind, Mode mode, Hook hook)
      throws JMSException {
    Subscription durable = Subscription.durable(topic + "-client", "orders");
    try (TopicReader reader = reader(kind, mode, hook, SCOPE, durable, probe)) {
      send(kind, "a");
      awaitEffects(probe, "a");
    }
    send(kind, "b", "a", "c");
    try (TopicReader reader = reader(kind, mode, hook, SCOPE, durable, probe)) {
      awaitEffects(probe, "a", "b", "c");
      send(kind, "d");
      awaitEffects(probe, "a", "b", "c", "d");
    }
    assertThat(probe.attempts).isEqualTo(probe.effects);
  }

  @ParameterizedTest
  @MethodSource("whereSubscriptionsAreShared")
  void theMembersOfASharedSubscriptionGetEachMessageOnceTogether(
      JmsBrokerKind kind, Mode mode, Hook hook, boolean durable) throws JMSException {
    Subscription shared = new Subscription("", topic + "-shared", durable, true);
    probe.failing = "c";
    probe.failures = 1;
    String[] payments = "abcdefghijkl".split("");
    try (TopicReader first = reader(kind, mode, hook, SCOPE, shared, probe);
        TopicReader second = reader(kind, mode, hook, SCOPE, shared, probe)) {
      send(kind, payments);
      send(kind, payments);
      awaitEffects(probe, payments);
      send(kind, "z");
      awaitEffects(
          probe, Stream.concat(Stream.of(payments), Stream.of("z")).toArray(String[]::new));
    }
    Map<String, Integer> attempts = new TreeMap<>(probe.effects);
    attempts.put("c", 2);
    assertThat(probe.attempts).isEqualTo(attempts);
  }

  private void eachGetsEveryMessageOnce(
      JmsBrokerKind kind, Mode mode, Hook hook, Subscription one, Subscription two)
      throws JMSException {
    try (TopicReader first = reader(kind, mode, hook, SCOPE, one, probe);
        TopicReader second = reader(kind, mode, hook, SCOPE, two, other)) {
      eachIsToldOnce(kind);
    }
  }

  private void eachIsToldOnce(JmsBrokerKind kind) throws JMSException {
    send(kind, "a", "b", "a");
    awaitEffects(probe, "a", "b");
    awaitEffects(other, "a", "b");
  }

  private TopicReader reader(
      JmsBrokerKind kind,
      Mode mode,
      Hook hook,
      String scope,
      Subscription subscription,
      JmsProbe work)
      throws JMSException {
    return TopicReader.open(
        hook,
        BROKERS.get(kind).connectionFactory(),
        topic,
        subscription,
        JmsOptions.builder()
            .scope(scope)
            .mode(mode)
            .ttl(Duration.ofHours(1))
            .leaseTtl(Duration.ofSeconds(10))
            .claimBudget(Duration.ofSeconds(5))
            .maxHold(Duration.ofMillis(100))
            .client(
                ClientOptions.builder()
                    .apiKey(JmsCellRun.API_KEY)
                    .baseUrl(server.baseUrl().toString())
                    .build()),
        work);
  }

  private void send(JmsBrokerKind kind, String... payments) {
    try (JMSContext context =
        BROKERS.get(kind).connectionFactory().createContext(JMSContext.SESSION_TRANSACTED)) {
      for (String payment : payments) {
        context
            .createProducer()
            .setProperty("Idempotency_Key", payment)
            .send(context.createTopic(topic), payment);
      }
      context.commit();
    }
  }

  private static void awaitEffects(JmsProbe probe, String... payments) {
    Map<String, Integer> once = new TreeMap<>();
    Stream.of(payments).forEach(payment -> once.put(payment, 1));
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(probe.effects).as("effects").isEqualTo(once));
  }
}
