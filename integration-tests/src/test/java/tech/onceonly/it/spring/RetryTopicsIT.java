package tech.onceonly.it.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.kafka.annotation.BackOff;
import org.springframework.kafka.annotation.DltHandler;
import org.springframework.kafka.annotation.EnableKafka;
import org.springframework.kafka.annotation.EnableKafkaRetryTopic;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.annotation.RetryableTopic;
import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.MessageListenerContainer;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.spring.OnceOnlyContainerPostProcessor;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.ScriptedApi;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/** Non-blocking retries: a claim made for one hop must not make the next a duplicate of it. */
@ExtendWith(WithBroker.class)
class RetryTopicsIT {

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static OnceOnlyServer server;

  @BeforeAll
  static void start() {
    server = OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey("it-key").build());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @EnumSource
  void aRecordThatSucceedsInARetryTopicTakesEffectOnce(
      Mode mode, KafkaBroker broker, Topics topics) {
    try (Run run = new Run(mode, broker, topics)) {
      run.payments.failures.put("b", 2);
      run.send("a", "b", "c", "a");
      run.awaitEffects("a", "b", "c");
      assertThat(run.payments.attempts).isEqualTo(Map.of("a", 1, "b", 3, "c", 1));
      assertThat(run.payments.dead).isEmpty();
      run.send("c", "d");
      run.awaitEffects("a", "b", "c", "d");
      if (mode == Mode.LEASE) {
        // In check-lock mode each hop has a key of its own, and the first hop's was given back.
        run.send("b", "e");
        run.awaitEffects("a", "b", "c", "d", "e");
        assertThat(run.payments.attempts.get("b")).isEqualTo(3);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "CHECK_LOCK,-dlt,''",
    "LEASE,-dlt,''",
    "CHECK_LOCK,.dead,''",
    "LEASE,.dead,''",
    "CHECK_LOCK,.dead,billing",
    "LEASE,.dead,billing"
  })
  void aRecordThatNeverSucceedsReachesTheDeadLetterHandlerOnceAndItsReplayRuns(
      Mode mode, String deadLetterSuffix, String namespace, KafkaBroker broker, Topics topics) {
    try (Run run = new Run(mode, deadLetterSuffix, namespace, broker, topics)) {
      run.payments.failures.put("b", 3);
      run.send("a", "b", "c");
      run.awaitEffects("a", "c");
      await().atMost(PATIENCE).until(() -> run.payments.dead.containsKey("b"));
      assertThat(run.payments.attempts.get("b")).isEqualTo(3);
      run.send("b");
      run.awaitEffects("a", "b", "c");
      assertThat(run.payments.dead).isEqualTo(Map.of("b", 1));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRefusalReachesNoRetryTopicAndStops(Mode mode, KafkaBroker broker, Topics topics) {
    try (Run run = new Run(mode, broker, topics)) {
      run.send("a");
      run.awaitEffects("a");
      run.api.answer(401, "{\"detail\": \"refused by the test\"}", Map.of());
      run.send("b", "c");
      await().atMost(PATIENCE).until(() -> !run.main().isInExpectedState());
      await().atMost(PATIENCE).until(() -> !run.main().isChildRunning());
      assertThat(run.payments.attempts).isEqualTo(Map.of("a", 1));
      assertThat(run.forwarded()).as("records in retry and dead-letter topics").isZero();
      run.api.forward();
      run.main().start();
      run.awaitEffects("a", "b", "c");
      assertThat(run.forwarded()).as("records in retry and dead-letter topics").isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aHeldRecordReachesNoRetryTopicAndUsesUpNoAttempt(
      Mode mode, KafkaBroker broker, Topics topics) {
    try (Run run = new Run(mode, broker, topics)) {
      run.send("a");
      run.awaitEffects("a");
      run.api.answer(429, "{\"detail\": \"slower\"}", Map.of("Retry-After", "0.05"));
      long before = run.api.answered();
      run.send("b", "c");
      await().atMost(PATIENCE).until(() -> run.api.answered() >= before + 5);
      run.api.forward();
      run.awaitEffects("a", "b", "c");
      assertThat(run.payments.attempts.values()).containsOnly(1);
      assertThat(run.forwarded()).as("records in retry and dead-letter topics").isZero();
    }
  }

  /** An application with one listener and its retry topics. */
  private static final class Run implements AutoCloseable {

    final Payments payments;
    final ScriptedApi api;
    private final String topic = "retried-" + COUNT.incrementAndGet();
    private final Topics topics;
    private final AnnotationConfigApplicationContext context;
    private final List<String> suffixes;

    Run(Mode mode, KafkaBroker broker, Topics topics) {
      this(mode, "-dlt", "", broker, topics);
    }

    Run(Mode mode, String deadLetterSuffix, String namespace, KafkaBroker broker, Topics topics) {
      this.topics = topics;
      suffixes = List.of("-retry-100", "-retry-200", deadLetterSuffix);
      topics.create(topic, 1);
      suffixes.forEach(suffix -> topics.create(topic + suffix, 1));
      api = ScriptedApi.start(server.baseUrl().getHost(), server.port());
      context = new AnnotationConfigApplicationContext();
      context
          .getEnvironment()
          .getPropertySources()
          .addFirst(
              new MapPropertySource(
                  "test",
                  Map.of(
                      "brokers",
                      broker.bootstrapServers(),
                      "topic",
                      topic,
                      "dead",
                      deadLetterSuffix,
                      "namespace",
                      namespace,
                      "mode",
                      mode.name(),
                      "api",
                      api.baseUrl())));
      context.register(Application.class);
      context.refresh();
      payments = context.getBean(Payments.class);
    }

    MessageListenerContainer main() {
      return context.getBean(KafkaListenerEndpointRegistry.class).getListenerContainer("payments");
    }

    void send(String... ids) {
      topics.produceKeyed(topic, ids);
    }

    void awaitEffects(String... ids) {
      Map<String, Integer> once = new HashMap<>();
      List.of(ids).forEach(id -> once.put(id, 1));
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(payments.effects).isEqualTo(once);
                assertThat(topics.uncommitted("payments", topic)).as("uncommitted").isZero();
              });
    }

    long forwarded() {
      return suffixes.stream()
          .mapToLong(
              suffix ->
                  topics.endOffsets(topic + suffix).get(new TopicPartition(topic + suffix, 0)))
          .sum();
    }

    @Override
    public void close() {
      context.close();
      api.close();
    }
  }

  static final class Payments {
    final Map<String, Integer> attempts = new ConcurrentHashMap<>();
    final Map<String, Integer> effects = new ConcurrentHashMap<>();
    final Map<String, Integer> failures = new ConcurrentHashMap<>();
    final Map<String, Integer> dead = new ConcurrentHashMap<>();

    @RetryableTopic(
        attempts = "3",
        backOff = @BackOff(delay = 100, multiplier = 2),
        dltTopicSuffix = "${dead}",
        autoCreateTopics = "false")
    @KafkaListener(id = "payments", topics = "${topic}")
    public void pay(String id) {
      int attempt = attempts.merge(id, 1, Integer::sum);
      if (attempt <= failures.getOrDefault(id, 0)) {
        throw new IllegalStateException("the listener fails at " + id);
      }
      effects.merge(id, 1, Integer::sum);
    }

    @DltHandler
    public void dead(String id) {
      dead.merge(id, 1, Integer::sum);
    }
  }

  @Configuration
  @EnableKafka
  @EnableKafkaRetryTopic
  static class Application {

    @Bean
    Payments payments() {
      return new Payments();
    }

    @Bean
    TaskScheduler taskScheduler() {
      return new ThreadPoolTaskScheduler();
    }

    @Bean
    static OnceOnlyContainerPostProcessor onceOnlyPostProcessor(
        ObjectProvider<OnceOnlySpringKafka> onceOnly) {
      return new OnceOnlyContainerPostProcessor(onceOnly::getObject);
    }

    @Bean
    OnceOnlySpringKafka onceOnly(
        @Value("${mode}") Mode mode,
        @Value("${namespace}") String namespace,
        @Value("${api}") String api) {
      return OnceOnlySpringKafka.builder(
              () -> {
                KafkaOptions.Builder options =
                    KafkaOptions.builder()
                        .mode(mode)
                        .pollBudget(Duration.ofSeconds(5))
                        .client(ClientOptions.builder().apiKey("it-key").baseUrl(api).build());
                return namespace.isEmpty() ? options : options.namespace(namespace);
              })
          .build();
    }

    @Bean
    ConcurrentKafkaListenerContainerFactory<String, String> kafkaListenerContainerFactory(
        @Value("${brokers}") String brokers) {
      ConcurrentKafkaListenerContainerFactory<String, String> factory =
          new ConcurrentKafkaListenerContainerFactory<>();
      factory.setConsumerFactory(
          new DefaultKafkaConsumerFactory<>(
              Map.of(
                  ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                  brokers,
                  ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                  "earliest",
                  ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                  StringDeserializer.class,
                  ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                  StringDeserializer.class)));
      factory.getContainerProperties().setPollTimeout(50);
      return factory;
    }

    @Bean
    KafkaTemplate<String, String> kafkaTemplate(@Value("${brokers}") String brokers) {
      return new KafkaTemplate<>(
          new DefaultKafkaProducerFactory<>(
              Map.of(
                  ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                  brokers,
                  ProducerConfig.MAX_BLOCK_MS_CONFIG,
                  2_000,
                  ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                  StringSerializer.class,
                  ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                  StringSerializer.class)));
    }
  }
}
