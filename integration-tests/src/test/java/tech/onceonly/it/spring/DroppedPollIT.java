package tech.onceonly.it.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.kafka.annotation.EnableKafka;
import org.springframework.kafka.annotation.EnableKafkaRetryTopic;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.ContainerProperties.AckMode;
import org.springframework.kafka.retrytopic.RetryTopicConfiguration;
import org.springframework.kafka.retrytopic.RetryTopicConfigurationBuilder;
import org.springframework.kafka.support.Acknowledgment;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.spring.OnceOnlyContainerPostProcessor;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;
import tech.onceonly.server.junit.OnceOnlyServerExtension;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/**
 * A container makes up, right after a poll, for the commits that failed in a rebalance. Where that
 * fails it drops what it has polled: none of that may be lost, whatever the listener's container.
 */
@Tag("oldest-spring")
@ExtendWith(WithBroker.class)
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class DroppedPollIT {

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final String[] IDS = {"a", "b", "c", "d", "e"};

  @RegisterExtension final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  @ParameterizedTest
  @CsvSource({
    "CHECK_LOCK,WAKE_UP",
    "LEASE,WAKE_UP",
    "CHECK_LOCK,TWO_WAKE_UPS",
    "LEASE,TWO_WAKE_UPS",
    "CHECK_LOCK,TIME_OUT",
    "LEASE,TIME_OUT"
  })
  void nothingIsLostWhereTheCommitAfterAPollFails(
      Mode mode, CommitTrouble.Kind kind, KafkaBroker broker, Topics topics) {
    String run = "-polled-" + COUNT.incrementAndGet();
    List<String> sources =
        Stream.of("record", "batch", "retried", "manual").map(id -> id + run).toList();
    List<String> all =
        Stream.concat(sources.stream(), Stream.of("retried" + run + "-retry")).toList();
    all.forEach(topic -> topics.create(topic, 1));
    sources.forEach(topic -> topics.produceKeyed(topic, IDS));
    Map<String, Integer> once =
        sources.stream()
            .flatMap(topic -> Stream.of(IDS).map(id -> topic + " " + id))
            .collect(Collectors.toMap(effect -> effect, effect -> 1));
    CommitTrouble trouble = new CommitTrouble(kind);
    try (AnnotationConfigApplicationContext context =
        context(mode, trouble, run, broker.bootstrapServers())) {
      Map<String, Integer> effects = context.getBean(Listeners.class).effects;
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(effects).isEqualTo(once);
                assertThat(all).allMatch(topic -> topics.uncommitted(topic, topic) == 0);
              });
      assertThat(trouble.groups()).containsExactlyInAnyOrderElementsOf(all);
    }
  }

  private AnnotationConfigApplicationContext context(
      Mode mode, CommitTrouble trouble, String run, String brokers) {
    AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(
            new MapPropertySource(
                "test",
                Map.of(
                    "brokers",
                    brokers,
                    "run",
                    run,
                    "mode",
                    mode.name(),
                    "api",
                    server.baseUrl().toString(),
                    "key",
                    server.apiKey())));
    context.registerBean(CommitTrouble.class, () -> trouble);
    context.register(Application.class);
    context.refresh();
    return context;
  }

  /** Their topics are their ids and their groups. */
  static final class Listeners {

    final Map<String, Integer> effects = new ConcurrentHashMap<>();
    private final Map<String, Integer> attempts = new ConcurrentHashMap<>();
    private final String run;

    Listeners(String run) {
      this.run = run;
    }

    @KafkaListener(id = "record${run}", topics = "record${run}")
    public void record(String id) {
      effects.merge("record" + run + " " + id, 1, Integer::sum);
    }

    @KafkaListener(id = "batch${run}", topics = "batch${run}", batch = "true")
    public void batch(List<String> ids) {
      ids.forEach(id -> effects.merge("batch" + run + " " + id, 1, Integer::sum));
    }

    /** Work that is handed on, and under way until it is acknowledged: it must not come again. */
    @KafkaListener(
        id = "manual${run}",
        topics = "manual${run}",
        containerFactory = "manualListenerContainerFactory")
    public void manual(String id, Acknowledgment acknowledgment) {
      effects.merge("manual" + run + " " + id, 1, Integer::sum);
      if (id.equals(IDS[0]) || id.equals(IDS[IDS.length - 1])) {
        acknowledgment.acknowledge();
      }
    }

    /** Each record succeeds in the retry topic. */
    @KafkaListener(id = "retried${run}", topics = "retried${run}")
    public void retried(String id) {
      if (attempts.merge(id, 1, Integer::sum) == 1) {
        throw new IllegalStateException("the listener fails at " + id);
      }
      effects.merge("retried" + run + " " + id, 1, Integer::sum);
    }
  }

  @Configuration
  @EnableKafka
  @EnableKafkaRetryTopic
  static class Application {

    @Bean
    Listeners listeners(@Value("${run}") String run) {
      return new Listeners(run);
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
        @Value("${mode}") Mode mode, @Value("${api}") String api, @Value("${key}") String key) {
      return OnceOnlySpringKafka.builder(
              () ->
                  KafkaOptions.builder()
                      .mode(mode)
                      .pollBudget(Duration.ofSeconds(5))
                      .client(ClientOptions.builder().apiKey(key).baseUrl(api).build()))
          .build();
    }

    @Bean
    ConcurrentKafkaListenerContainerFactory<String, String> kafkaListenerContainerFactory(
        @Value("${brokers}") String brokers, CommitTrouble trouble) {
      return factory(brokers, trouble, 1);
    }

    /** The second record of a poll is under way when the first one's commit fails. */
    @Bean
    ConcurrentKafkaListenerContainerFactory<String, String> manualListenerContainerFactory(
        @Value("${brokers}") String brokers, CommitTrouble trouble) {
      ConcurrentKafkaListenerContainerFactory<String, String> factory =
          factory(brokers, trouble, 2);
      factory.getContainerProperties().setAckMode(AckMode.MANUAL);
      return factory;
    }

    private static ConcurrentKafkaListenerContainerFactory<String, String> factory(
        String brokers, CommitTrouble trouble, int maxPollRecords) {
      DefaultKafkaConsumerFactory<String, String> consumers =
          new DefaultKafkaConsumerFactory<>(
              Map.of(
                  ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                  brokers,
                  ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                  "earliest",
                  ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                  maxPollRecords,
                  ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                  StringDeserializer.class,
                  ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                  StringDeserializer.class));
      consumers.addPostProcessor(trouble);
      ConcurrentKafkaListenerContainerFactory<String, String> factory =
          new ConcurrentKafkaListenerContainerFactory<>();
      factory.setConsumerFactory(consumers);
      factory.getContainerProperties().setPollTimeout(50);
      return factory;
    }

    @Bean
    RetryTopicConfiguration retryTopics(
        @Value("${run}") String run, KafkaTemplate<String, String> template) {
      return RetryTopicConfigurationBuilder.newInstance()
          .includeTopic("retried" + run)
          .maxAttempts(2)
          .fixedBackOff(100)
          .useSingleTopicForSameIntervals()
          .doNotAutoCreateRetryTopics()
          .doNotConfigureDlt()
          .create(template);
    }

    @Bean
    KafkaTemplate<String, String> kafkaTemplate(@Value("${brokers}") String brokers) {
      return new KafkaTemplate<>(
          new DefaultKafkaProducerFactory<>(
              Map.of(
                  ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                  brokers,
                  ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                  StringSerializer.class,
                  ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                  StringSerializer.class)));
    }
  }
}
