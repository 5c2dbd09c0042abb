package tech.onceonly.it.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DefaultAfterRollbackProcessor;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.transaction.KafkaTransactionManager;
import org.springframework.util.backoff.FixedBackOff;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.ScriptedApi;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/**
 * Container-managed Kafka transactions: the effect is a record in the same transaction, so that it
 * counts only where the transaction was committed.
 */
@Tag("oldest-spring")
@ExtendWith(WithBroker.class)
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class TransactionsIT {

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
  @CsvSource({"false,LEASE", "false,CHECK_LOCK", "true,LEASE", "true,CHECK_LOCK"})
  void duplicatesAreSkippedAndCommitted(
      boolean batch, Mode mode, KafkaBroker broker, Topics topics) {
    try (Run run = new Run(batch, mode, broker, topics)) {
      run.send("a", "b", "a", "c", "c");
      run.container.start();
      run.awaitEffects("a", "b", "c");
    }
  }

  @ParameterizedTest
  @CsvSource({"false,LEASE", "false,CHECK_LOCK", "true,LEASE", "true,CHECK_LOCK"})
  void aRollbackRunsAgain(boolean batch, Mode mode, KafkaBroker broker, Topics topics) {
    try (Run run = new Run(batch, mode, broker, topics)) {
      run.failing = "b";
      run.send("a", "b", "c");
      run.container.start();
      run.awaitEffects("a", "b", "c");
      assertThat(run.attempts.get("b")).isEqualTo(2);
      assertThat(run.recovered).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"false,LEASE", "false,CHECK_LOCK", "true,LEASE", "true,CHECK_LOCK"})
  void aCommitThatFailsRunsAgain(boolean batch, Mode mode, KafkaBroker broker, Topics topics) {
    try (Run run = new Run(batch, mode, broker, topics)) {
      run.failingCommits.set(1);
      run.send("a");
      run.container.start();
      run.awaitEffects("a");
      assertThat(run.attempts.get("a")).as("the listener succeeded twice").isEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource({"false,LEASE", "false,CHECK_LOCK", "true,LEASE", "true,CHECK_LOCK"})
  void aRefusalStopsAndIsNeitherRolledBackIntoARecovererNorLost(
      boolean batch, Mode mode, KafkaBroker broker, Topics topics) {
    try (Run run = new Run(batch, mode, broker, topics)) {
      run.send("a");
      run.container.start();
      run.awaitEffects("a");
      run.api.answer(401, "{\"detail\": \"refused by the test\"}", Map.of());
      run.send("b", "c");
      await().atMost(PATIENCE).until(() -> !run.container.isInExpectedState());
      await().atMost(PATIENCE).until(() -> !run.container.isChildRunning());
      assertThat(run.effects()).containsExactly("a");
      assertThat(run.recovered).isEmpty();
      run.api.forward();
      run.container.start();
      run.awaitEffects("a", "b", "c");
    }
  }

  @ParameterizedTest
  @CsvSource({"false,LEASE", "true,LEASE", "false,CHECK_LOCK", "true,CHECK_LOCK"})
  void aHeldRecordWaitsAndUsesUpNoAttempt(
      boolean batch, Mode mode, KafkaBroker broker, Topics topics) {
    try (Run run = new Run(batch, mode, broker, topics)) {
      run.api.answer(429, "{\"detail\": \"slower\"}", Map.of("Retry-After", "0.05"));
      run.send("a", "b");
      // Opening asked once whether the key is good.
      run.container.start();
      await().atMost(PATIENCE).until(() -> run.api.answered() >= 6);
      assertThat(run.recovered).isEmpty();
      run.api.forward();
      run.awaitEffects("a", "b");
      assertThat(run.attempts.values()).containsOnly(1);
    }
  }

  /** One container in transactions, and what came of it. */
  private static final class Run implements AutoCloseable {

    final Map<String, Integer> attempts = new ConcurrentHashMap<>();
    final List<String> recovered = new CopyOnWriteArrayList<>();
    final AtomicInteger failingCommits = new AtomicInteger();
    final ScriptedApi api;
    final ConcurrentMessageListenerContainer<String, String> container;
    volatile String failing = "";
    private final String topic = "tx-" + COUNT.incrementAndGet();
    private final String output = topic + "-effects";
    private final KafkaBroker broker;
    private final Topics topics;
    private final DefaultKafkaProducerFactory<String, String> producers;
    private final KafkaTemplate<String, String> template;
    private final OnceOnlySpringKafka onceOnly;

    Run(boolean batch, Mode mode, KafkaBroker broker, Topics topics) {
      this.broker = broker;
      this.topics = topics;
      topics.create(topic, 1);
      topics.create(output, 1);
      api = ScriptedApi.start(server.baseUrl().getHost(), server.port());
      producers = producers();
      template = new KafkaTemplate<>(producers);
      container = container(batch);
      onceOnly =
          OnceOnlySpringKafka.builder(
                  () ->
                      KafkaOptions.builder()
                          .mode(mode)
                          .pollBudget(Duration.ofSeconds(5))
                          .client(
                              ClientOptions.builder()
                                  .apiKey("it-key")
                                  .baseUrl(api.baseUrl())
                                  .build()))
              .build();
      onceOnly.protect(container);
    }

    void send(String... payments) {
      topics.produceKeyed(topic, payments);
    }

    /** Each once, and everything that was sent is committed. */
    void awaitEffects(String... payments) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(effects()).containsExactlyInAnyOrder(payments));
      long end = topics.endOffsets(topic).get(new TopicPartition(topic, 0));
      await()
          .atMost(PATIENCE)
          .until(
              () -> end == topics.committed(topic).getOrDefault(new TopicPartition(topic, 0), 0L));
      assertThat(effects()).containsExactlyInAnyOrder(payments);
    }

    /** What was committed to the output topic. */
    List<String> effects() {
      Map<String, Object> settings = consumer();
      settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
      List<String> seen = new ArrayList<>();
      TopicPartition partition = new TopicPartition(output, 0);
      try (KafkaConsumer<String, String> reader = new KafkaConsumer<>(settings)) {
        reader.assign(List.of(partition));
        reader.seekToBeginning(List.of(partition));
        long end = reader.endOffsets(List.of(partition)).get(partition);
        while (reader.position(partition) < end) {
          reader.poll(Duration.ofMillis(100)).forEach(record -> seen.add(record.value()));
        }
      }
      return seen;
    }

    private void run(ConsumerRecord<String, String> record) {
      int attempt = attempts.merge(record.value(), 1, Integer::sum);
      template.send(output, record.value());
      if (record.value().equals(failing) && attempt == 1) {
        throw new IllegalStateException("the listener fails at " + record.value());
      }
    }

    private ConcurrentMessageListenerContainer<String, String> container(boolean batch) {
      ContainerProperties properties = new ContainerProperties(topic);
      properties.setGroupId(topic);
      properties.setPollTimeout(50);
      properties.setKafkaAwareTransactionManager(new KafkaTransactionManager<>(producers));
      properties.setMessageListener(
          batch
              ? (BatchMessageListener<String, String>) records -> records.forEach(this::run)
              : (MessageListener<String, String>) this::run);
      ConcurrentMessageListenerContainer<String, String> made =
          new ConcurrentMessageListenerContainer<>(
              new DefaultKafkaConsumerFactory<>(consumer()), properties);
      made.setBeanName(topic);
      made.setApplicationEventPublisher(event -> {});
      made.setAfterRollbackProcessor(
          new DefaultAfterRollbackProcessor<>(
              (record, failure) -> recovered.add(String.valueOf(record.value())),
              new FixedBackOff(0, 2)));
      return made;
    }

    private DefaultKafkaProducerFactory<String, String> producers() {
      DefaultKafkaProducerFactory<String, String> made =
          new DefaultKafkaProducerFactory<>(
              Map.of(
                  ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers(),
                  ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class,
                  ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, StringSerializer.class));
      made.setTransactionIdPrefix(topic + "-");
      made.addPostProcessor(this::failingAtCommit);
      return made;
    }

    @SuppressWarnings("unchecked") // the same interface
    private Producer<String, String> failingAtCommit(Producer<String, String> producer) {
      return (Producer<String, String>)
          Proxy.newProxyInstance(
              Producer.class.getClassLoader(),
              new Class<?>[] {Producer.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals("commitTransaction")
                    && failingCommits.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                  throw new KafkaException("the commit fails");
                }
                try {
                  return method.invoke(producer, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }

    private Map<String, Object> consumer() {
      Map<String, Object> settings = new HashMap<>();
      settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
      settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
      settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
      settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
      return settings;
    }

    @Override
    public void close() {
      container.stop();
      onceOnly.close();
      producers.destroy();
      api.close();
    }
  }
}
