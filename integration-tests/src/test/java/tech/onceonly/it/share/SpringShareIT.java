package tech.onceonly.it.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tech.onceonly.testing.Await.PATIENCE;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.kafka.annotation.EnableKafka;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.config.ShareKafkaListenerContainerFactory;
import org.springframework.kafka.core.DefaultShareConsumerFactory;
import org.springframework.kafka.core.ShareConsumerFactory;
import org.springframework.kafka.listener.ContainerProperties.ShareAckMode;
import org.springframework.kafka.listener.MessageListenerContainer;
import org.springframework.kafka.support.ShareAcknowledgment;
import tech.onceonly.ClaimContext;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.OnceOnlyShareGroup;
import tech.onceonly.kafka.spring.OnRefusal;
import tech.onceonly.kafka.spring.OnceOnlyContainerPostProcessor;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.ScriptedApi;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/** Spring Kafka's share containers, protected by the post-processor alone. */
@ExtendWith(WithBroker.class)
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class SpringShareIT {

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
  @CsvSource({"CHECK_LOCK,EXPLICIT", "LEASE,EXPLICIT", "CHECK_LOCK,MANUAL", "LEASE,MANUAL"})
  void duplicatesTakeEffectOnceAndFailuresAreRetried(
      Mode mode, ShareAckMode acks, KafkaBroker broker, Topics topics) {
    Set<String> failed = ConcurrentHashMap.newKeySet();
    try (ShareTopic topic = topic("once-" + mode + "-" + acks, broker, topics);
        Application app = new Application(topic, mode, acks, server.baseUrl().toString(), broker)) {
      app.listener(
          acks == ShareAckMode.MANUAL ? Manual.class : Automatic.class,
          record -> {
            if (record.value().endsWith("7") && failed.add(record.value())) {
              throw new IllegalStateException("the first attempt fails");
            }
          });
      topic.send(60, 5);
      app.start();
      app.awaitDone();
      assertThat(failed).hasSize(6);
      assertThat(app.effects.values()).containsOnly(1);
      assertThat(app.tokens).allMatch(token -> token.isEmpty() == (mode == Mode.CHECK_LOCK));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRefusalStopsTheContainerAndNothingIsLost(Mode mode, KafkaBroker broker, Topics topics) {
    try (ScriptedApi api =
            ScriptedApi.start(server.baseUrl().getHost(), server.baseUrl().getPort());
        ShareTopic topic = topic("refused-" + mode, broker, topics);
        Application app =
            new Application(topic, mode, ShareAckMode.EXPLICIT, api.baseUrl(), broker)) {
      app.listener(Automatic.class, record -> {});
      app.start();
      topic.send(5, 0);
      app.awaitDone();
      api.answer(402, "{\"detail\":{\"error\":\"payment_required\"}}", Map.of());
      topic.send(20, 4);
      await().until(() -> !app.container().isInExpectedState());
      assertThat(app.onceOnly().refusals()).containsKey(topic.name);
      assertThat(app.effects).hasSize(5);
      api.forward();
      app.container().stop();
      app.container().start();
      app.awaitDone();
      assertThat(app.effects.values()).containsOnly(1);
      assertThat(app.onceOnly().refusals()).isEmpty();
      assertThat(ShareGroups.mostDeliveries(topic.states())).isEqualTo(2);
    }
  }

  @Test
  void aRefusalMayBeWaitedForAndCostsNoDelivery(KafkaBroker broker, Topics topics) {
    try (ScriptedApi api =
            ScriptedApi.start(server.baseUrl().getHost(), server.baseUrl().getPort());
        ShareTopic topic = topic("paused", broker, topics);
        Application app =
            new Application(topic, Mode.LEASE, ShareAckMode.EXPLICIT, api.baseUrl(), broker)) {
      app.onRefusal = OnRefusal.PAUSE;
      app.listener(Automatic.class, record -> {});
      app.start();
      topic.send(5, 0);
      app.awaitDone();
      api.answer(402, "{\"detail\":{\"error\":\"payment_required\"}}", Map.of());
      topic.send(20, 4);
      await().until(() -> app.onceOnly().refusals().containsKey(topic.name));
      Awaitility.await()
          .during(ShareGroups.LOCK.multipliedBy(3))
          .atMost(PATIENCE)
          .until(() -> app.effects.size() == 5 && app.container().isInExpectedState());
      api.forward();
      app.awaitDone();
      assertThat(app.effects.values()).containsOnly(1);
      assertThat(ShareGroups.mostDeliveries(topic.states()))
          .isLessThanOrEqualTo(ShareGroups.RENEWED);
    }
  }

  @Test
  void whatCannotBeProtectedDoesNotStart(KafkaBroker broker, Topics topics) {
    try (ShareTopic topic = topic("impossible", broker, topics)) {
      refuses(topic, broker, ShareAckMode.IMPLICIT, Automatic.class, "ShareAckMode.EXPLICIT");
      refuses(topic, broker, ShareAckMode.EXPLICIT, Asynchronous.class, "future");
    }
    assertThatThrownBy(() -> new AnnotationConfigApplicationContext(NoBean.class).close())
        .rootCause()
        .hasMessageContaining("share consumer factory is not a bean");
  }

  private static void refuses(
      ShareTopic topic, KafkaBroker broker, ShareAckMode acks, Class<?> listener, String why) {
    try (Application app =
        new Application(topic, Mode.LEASE, acks, server.baseUrl().toString(), broker)) {
      app.listener(listener, record -> {});
      assertThatThrownBy(app::start).hasStackTraceContaining(why);
    }
  }

  private static ShareTopic topic(String name, KafkaBroker broker, Topics topics) {
    return new ShareTopic("it-share-spring-" + name, 1, 5, broker, topics);
  }

  private static ConditionFactory await() {
    return Awaitility.await().atMost(PATIENCE);
  }

  /** A context with one listener, and what took effect in it. */
  static final class Application implements AutoCloseable {

    final Map<String, Integer> effects = new ConcurrentHashMap<>();
    final Set<String> tokens = ConcurrentHashMap.newKeySet();
    OnRefusal onRefusal = OnRefusal.STOP;
    Consumer<ConsumerRecord<String, String>> work;
    final ShareTopic topic;
    final Mode mode;
    final ShareAckMode acks;
    final String baseUrl;
    final KafkaBroker broker;
    private final AnnotationConfigApplicationContext context =
        new AnnotationConfigApplicationContext();

    Application(
        ShareTopic topic, Mode mode, ShareAckMode acks, String baseUrl, KafkaBroker broker) {
      this.topic = topic;
      this.mode = mode;
      this.acks = acks;
      this.baseUrl = baseUrl;
      this.broker = broker;
      context
          .getEnvironment()
          .getPropertySources()
          .addFirst(new MapPropertySource("test", Map.of("topic", topic.name)));
      context.registerBean(
          Application.class, () -> this, definition -> definition.setDestroyMethodName(""));
      context.register(Beans.class);
    }

    void listener(Class<?> type, Consumer<ConsumerRecord<String, String>> does) {
      work = does;
      context.register(type);
    }

    void start() {
      context.refresh();
    }

    MessageListenerContainer container() {
      return context.getBean(KafkaListenerEndpointRegistry.class).getListenerContainer("payments");
    }

    OnceOnlySpringKafka onceOnly() {
      return context.getBean(OnceOnlySpringKafka.class);
    }

    void handle(ConsumerRecord<String, String> record, ShareConsumer<?, ?> consumer) {
      ClaimContext claim = OnceOnlyShareGroup.contextOf(consumer, record);
      tokens.add(claim.leaseId() == null ? "" : claim.leaseId());
      work.accept(record);
      effects.merge(record.value(), 1, Integer::sum);
    }

    void awaitDone() {
      await().until(() -> effects.keySet().equals(topic.sent) && topic.left() == 0);
      assertThat(topic.states()).noneMatch(ShareGroups::isArchived);
    }

    @Override
    public void close() {
      context.close();
    }
  }

  @Configuration
  @EnableKafka
  static class Beans {

    @Bean
    ShareConsumerFactory<String, String> shareConsumerFactory(Application app) {
      Map<String, Object> properties =
          new HashMap<>(ShareMember.properties(app.broker.bootstrapServers(), app.topic.name));
      properties.remove("share.acknowledgement.mode"); // the container's to set
      return new DefaultShareConsumerFactory<>(properties);
    }

    @Bean
    ShareKafkaListenerContainerFactory<String, String> shares(
        ShareConsumerFactory<String, String> factory, Application app) {
      ShareKafkaListenerContainerFactory<String, String> shares =
          new ShareKafkaListenerContainerFactory<>(factory);
      shares.getContainerProperties().setShareAckMode(app.acks);
      shares.setShareConsumerRecordRecoverer((record, failure) -> AcknowledgeType.RELEASE);
      return shares;
    }

    @Bean
    OnceOnlySpringKafka onceOnly(Application app) {
      return OnceOnlySpringKafka.builder(
              () ->
                  KafkaOptions.builder()
                      .mode(app.mode)
                      .ttl(Duration.ofHours(1))
                      .leaseTtl(Duration.ofSeconds(3))
                      .pollBudget(Duration.ofSeconds(5))
                      .client(
                          ClientOptions.builder()
                              .apiKey(ShareMember.API_KEY)
                              .baseUrl(app.baseUrl)
                              .build()))
          .onRefusal(app.onRefusal)
          .refusalRetry(Duration.ofSeconds(1))
          .build();
    }

    @Bean
    static OnceOnlyContainerPostProcessor onceOnlyContainers(
        ObjectProvider<OnceOnlySpringKafka> onceOnly) {
      return new OnceOnlyContainerPostProcessor(onceOnly::getObject);
    }
  }

  /** Its consumer factory is nobody's bean, so that no post-processor sees it. */
  @Configuration
  static class NoBean {

    @Bean
    ShareKafkaListenerContainerFactory<String, String> shares() {
      return new ShareKafkaListenerContainerFactory<>(
          new DefaultShareConsumerFactory<>(Map.of("bootstrap.servers", "127.0.0.1:1")));
    }

    @Bean
    static OnceOnlyContainerPostProcessor onceOnlyContainers(
        ObjectProvider<OnceOnlySpringKafka> onceOnly) {
      return new OnceOnlyContainerPostProcessor(onceOnly::getObject);
    }
  }

  /** The container acknowledges. */
  static class Automatic {
    private final Application app;

    Automatic(Application app) {
      this.app = app;
    }

    @KafkaListener(
        id = "payments",
        topics = "${topic}",
        groupId = "${topic}",
        containerFactory = "shares")
    void handle(ConsumerRecord<String, String> record, ShareConsumer<?, ?> consumer) {
      app.handle(record, consumer);
    }
  }

  /** The listener acknowledges. */
  static class Manual {
    private final Application app;

    Manual(Application app) {
      this.app = app;
    }

    @KafkaListener(
        id = "payments",
        topics = "${topic}",
        groupId = "${topic}",
        containerFactory = "shares")
    void handle(
        ConsumerRecord<String, String> record,
        ShareAcknowledgment acknowledgment,
        ShareConsumer<?, ?> consumer) {
      app.handle(record, consumer);
      acknowledgment.acknowledge();
    }
  }

  /** The container would acknowledge before the work is done. */
  static class Asynchronous {

    @KafkaListener(
        id = "payments",
        topics = "${topic}",
        groupId = "${topic}",
        containerFactory = "shares")
    CompletableFuture<Void> handle(ConsumerRecord<String, String> record) {
      return new CompletableFuture<>();
    }
  }
}
