package tech.onceonly.it.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.MessageListener;
import tech.onceonly.GuardCounters;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;
import tech.onceonly.server.junit.OnceOnlyServerExtension;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/**
 * A listener that outlasts {@code max.poll.interval.ms}: the group gives its partition to another
 * thread of the same container while it works.
 */
@ExtendWith(WithBroker.class)
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
@Tag("oldest-spring")
class LostPartitionIT {

  private static final AtomicInteger COUNT = new AtomicInteger();

  @RegisterExtension final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private final GuardCounters counters = new GuardCounters();
  private final Map<String, Integer> effects = new ConcurrentHashMap<>();
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger atWork = new AtomicInteger();
  private final CountDownLatch end = new CountDownLatch(1);
  private final String topic = "lost-partition-" + COUNT.incrementAndGet();
  private volatile boolean fails;
  private final AtomicInteger mostAtWork = new AtomicInteger();

  @ParameterizedTest
  @CsvSource({
    "LEASE,true,false",
    "LEASE,true,true",
    "CHECK_LOCK,true,false",
    "CHECK_LOCK,true,true",
    "LEASE,false,true",
    "CHECK_LOCK,false,true"
  })
  void theNextThreadWaitsAndTheEffectHappensOnce(
      Mode mode, boolean batch, boolean firstFails, KafkaBroker broker, Topics topics) {
    fails = firstFails;
    topics.create(topic, 1);
    topics.produceKeyed(topic, "a");
    try (OnceOnlySpringKafka onceOnly = open(mode)) {
      ConcurrentMessageListenerContainer<String, String> container =
          container(broker.bootstrapServers(), batch);
      onceOnly.protect(container);
      container.start();
      try {
        await()
            .atMost(PATIENCE)
            .until(() -> counters.count("decision.hold.in_progress_here") > 0 || calls.get() > 1);
        end.countDown();
        topics.produceKeyed(topic, "a", "b");
        await()
            .atMost(PATIENCE)
            .until(() -> effects.containsKey("b") && topics.uncommitted(topic, topic) == 0);
      } finally {
        end.countDown();
        container.stop();
      }
    }
    assertThat(mostAtWork).as("at work at once").hasValue(1);
    assertThat(effects).isEqualTo(Map.of("a", 1, "b", 1));
  }

  /** The first call works until {@link #end}, and then perhaps fails. */
  private void work(List<ConsumerRecord<String, String>> records) {
    mostAtWork.accumulateAndGet(atWork.incrementAndGet(), Math::max);
    try {
      if (calls.incrementAndGet() == 1) {
        awaitEnd();
        if (fails) {
          throw new IllegalStateException("the work has failed");
        }
      }
      records.forEach(record -> effects.merge(record.value(), 1, Integer::sum));
    } finally {
      atWork.decrementAndGet();
    }
  }

  private void awaitEnd() {
    try {
      assertThat(end.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private OnceOnlySpringKafka open(Mode mode) {
    return OnceOnlySpringKafka.builder(
            () ->
                KafkaOptions.builder()
                    .mode(mode)
                    .pollBudget(Duration.ofSeconds(4))
                    .events(counters)
                    .client(
                        ClientOptions.builder()
                            .apiKey(server.apiKey())
                            .baseUrl(server.baseUrl().toString())
                            .build()))
        .build();
  }

  private ConcurrentMessageListenerContainer<String, String> container(
      String brokers, boolean batch) {
    ContainerProperties properties = new ContainerProperties(topic);
    properties.setGroupId(topic);
    properties.setPollTimeout(50);
    MessageListener<String, String> one = record -> work(List.of(record));
    BatchMessageListener<String, String> many = this::work;
    properties.setMessageListener(batch ? many : one);
    Map<String, Object> consumer = new HashMap<>();
    consumer.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    consumer.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    consumer.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, 5_000);
    consumer.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 300);
    consumer.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    consumer.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    ConcurrentMessageListenerContainer<String, String> container =
        new ConcurrentMessageListenerContainer<>(
            new DefaultKafkaConsumerFactory<>(consumer), properties);
    container.setConcurrency(2);
    container.setBeanName(topic);
    container.setApplicationEventPublisher(event -> {});
    return container;
  }
}
