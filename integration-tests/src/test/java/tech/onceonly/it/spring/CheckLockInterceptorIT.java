package tech.onceonly.it.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.ContainerProperties.AckMode;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.listener.adapter.FilteringBatchMessageListenerAdapter;
import org.springframework.kafka.listener.adapter.FilteringMessageListenerAdapter;
import org.springframework.util.backoff.FixedBackOff;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.spring.CheckLockInterceptor;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.ScriptedApi;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/** Check-lock by Spring's own hooks: duplicates are skipped, and no retry is its own duplicate. */
@ExtendWith(WithBroker.class)
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class CheckLockInterceptorIT {

  enum Use {
    RECORD_INTERCEPTOR,
    BATCH_INTERCEPTOR,
    RECORD_FILTER,
    BATCH_FILTER;

    boolean isBatch() {
      return this == BATCH_INTERCEPTOR || this == BATCH_FILTER;
    }
  }

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
  void duplicatesAreSkippedAndFailuresRunAgain(Use use, KafkaBroker broker, Topics topics) {
    try (Run run = new Run(use, AckMode.BATCH, broker, topics)) {
      run.probe.failing = "c";
      run.probe.failures = 2;
      run.send("a", "a", "b", "c", "d", "c", "d");
      run.container.start();
      run.awaitAll("a", "b", "c", "d");
      assertThat(run.probe.attempts.get("c")).isEqualTo(3);
      run.send("d", "b", "e");
      run.awaitAll("a", "b", "c", "d", "e");
      assertThat(run.probe.attempts.get("b")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aNegativeAcknowledgementRunsAgain(Use use, KafkaBroker broker, Topics topics) {
    try (Run run = new Run(use, AckMode.MANUAL, broker, topics)) {
      run.probe.failing = "c";
      run.probe.failures = 1;
      run.send("a", "b", "c", "d", "e");
      run.container.start();
      run.awaitAll("a", "b", "c", "d", "e");
      assertThat(run.probe.attempts.get("c")).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRefusalStandsStillAndGoesOnWhenMended(Use use, KafkaBroker broker, Topics topics) {
    try (Run run = new Run(use, AckMode.BATCH, broker, topics)) {
      run.send("a");
      run.container.start();
      run.awaitAll("a");
      run.api.answer(401, "{\"detail\": \"refused by the test\"}", Map.of());
      long before = run.api.answered();
      run.send("b", "c");
      await().atMost(PATIENCE).until(() -> run.api.answered() >= before + 3);
      assertThat(run.probe.effects).containsOnlyKeys("a");
      assertThat(topics.uncommitted(run.topic, run.topic)).isEqualTo(2);
      run.api.forward();
      run.awaitAll("a", "b", "c");
    }
  }

  /** One container with one of the hooks. */
  private static final class Run implements AutoCloseable {

    final String topic = "check-lock-" + COUNT.incrementAndGet();
    final ScriptedApi api;
    final ProbeListener probe;
    final KafkaMessageListenerContainer<String, String> container;
    private final Topics topics;
    private final CheckLockInterceptor<String, String> interceptor;

    Run(Use use, AckMode ackMode, KafkaBroker broker, Topics topics) {
      this.topics = topics;
      topics.create(topic, 1);
      api = ScriptedApi.start(server.baseUrl().getHost(), server.port());
      ListenerCase what = ackMode == AckMode.MANUAL ? ListenerCase.NACKED : ListenerCase.RETRIED;
      probe = new ProbeListener(new Cell(use.isBatch(), Mode.CHECK_LOCK, ackMode, what));
      interceptor =
          CheckLockInterceptor.open(
              KafkaOptions.builder()
                  .groupId(topic)
                  .autoCommit(false)
                  .pollBudget(Duration.ofSeconds(5))
                  .maxHold(Duration.ofMillis(100))
                  .client(ClientOptions.builder().apiKey("it-key").baseUrl(api.baseUrl()).build())
                  .build());
      probe.namesRecord = true;
      container = container(use, ackMode, broker);
    }

    void send(String... payments) {
      topics.produceKeyed(topic, payments);
    }

    void awaitAll(String... payments) {
      Map<String, Integer> once = new HashMap<>();
      List.of(payments).forEach(payment -> once.put(payment, 1));
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(probe.effects).as("effects").isEqualTo(once);
                assertThat(topics.uncommitted(topic, topic)).as("uncommitted").isZero();
              });
    }

    @SuppressWarnings("unchecked") // as the probe makes it
    private KafkaMessageListenerContainer<String, String> container(
        Use use, AckMode ackMode, KafkaBroker broker) {
      ContainerProperties properties = new ContainerProperties(topic);
      properties.setGroupId(topic);
      properties.setAckMode(ackMode);
      properties.setPollTimeout(50);
      Object listener = probe.listener();
      if (use == Use.RECORD_FILTER) {
        listener =
            new FilteringMessageListenerAdapter<>(
                (MessageListener<String, String>) listener, interceptor, true);
      } else if (use == Use.BATCH_FILTER) {
        listener =
            new FilteringBatchMessageListenerAdapter<>(
                (BatchMessageListener<String, String>) listener, interceptor, true);
      }
      properties.setMessageListener(listener);
      KafkaMessageListenerContainer<String, String> made =
          new KafkaMessageListenerContainer<>(
              new DefaultKafkaConsumerFactory<>(
                  Map.of(
                      ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                      broker.bootstrapServers(),
                      ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                      "earliest",
                      ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                      StringDeserializer.class,
                      ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                      StringDeserializer.class)),
              properties);
      made.setBeanName(topic);
      made.setCommonErrorHandler(new DefaultErrorHandler(new FixedBackOff(0, 5)));
      if (use == Use.RECORD_INTERCEPTOR) {
        made.setRecordInterceptor(interceptor);
      } else if (use == Use.BATCH_INTERCEPTOR) {
        made.setBatchInterceptor(interceptor);
      }
      return made;
    }

    @Override
    public void close() {
      container.stop();
      interceptor.close();
      api.close();
    }
  }
}
