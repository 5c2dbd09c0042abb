package tech.onceonly.it.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.AcknowledgingMessageListener;
import org.springframework.kafka.listener.BatchAcknowledgingMessageListener;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.ContainerProperties.AckMode;
import org.springframework.kafka.support.Acknowledgment;
import org.springframework.kafka.support.TopicPartitionOffset;
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
 * Listeners that return before their work is done, and acknowledge later or never: what an instance
 * has not acknowledged when it goes is the next one's work.
 */
@ExtendWith(WithBroker.class)
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class UnacknowledgedIT {

  private static final AtomicInteger COUNT = new AtomicInteger();

  @RegisterExtension final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private final Map<String, Integer> effects = new ConcurrentHashMap<>();
  private final String topic = "unacknowledged-" + COUNT.incrementAndGet();
  private KafkaBroker broker;
  private Topics topics;

  @BeforeEach
  void create(KafkaBroker givenBroker, Topics givenTopics) {
    broker = givenBroker;
    topics = givenTopics;
    topics.create(topic, 2);
  }

  @ParameterizedTest
  @CsvSource({
    "CHECK_LOCK,false,false",
    "LEASE,false,false",
    "CHECK_LOCK,true,false",
    "LEASE,true,false",
    "CHECK_LOCK,false,true",
    "LEASE,false,true"
  })
  void whatAStoppedInstanceDidNotAcknowledgeRunsInTheNext(
      Mode mode, boolean batch, boolean assigned) {
    topics.produceKeyed(topic, "a", "b", "c");
    try (Instance first = new Instance(mode, batch, assigned, RangeAssignor.class)) {
      first.awaitGiven(3);
    }
    assertThat(topics.committed(topic)).isEmpty();
    try (Instance second = new Instance(mode, batch, assigned, RangeAssignor.class)) {
      second.acknowledges = true;
      awaitEffects("a", "b", "c");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "CHECK_LOCK,false,org.apache.kafka.clients.consumer.RangeAssignor",
    "LEASE,false,org.apache.kafka.clients.consumer.RangeAssignor",
    "CHECK_LOCK,true,org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
    "LEASE,true,org.apache.kafka.clients.consumer.CooperativeStickyAssignor"
  })
  void whatAnInstanceDidNotAcknowledgeRunsInTheOneThatJoinsIt(
      Mode mode, boolean batch, Class<?> assignor) {
    topics.produce(
        List.of(
            Topics.keyed(topic, 0, "a"),
            Topics.keyed(topic, 0, "b"),
            Topics.keyed(topic, 1, "c"),
            Topics.keyed(topic, 1, "d")));
    try (Instance first = new Instance(mode, batch, false, assignor)) {
      first.awaitGiven(4);
      try (Instance second = new Instance(mode, batch, false, assignor)) {
        second.acknowledges = true;
        await().atMost(PATIENCE).until(() -> effects.size() == 2);
        if (assignor == RangeAssignor.class) {
          // It gave up everything, and got its own again.
          first.awaitGiven(6);
        }
        first.acknowledgeWhatItHas();
        awaitEffects("a", "b", "c", "d");
      }
    }
  }

  /** A listener may collect both before it acknowledges one, so that the second can't wait. */
  @ParameterizedTest
  @CsvSource({"CHECK_LOCK,false", "LEASE,false", "CHECK_LOCK,true", "LEASE,true"})
  void aListenerGoesOnWithoutADuplicateOfWhatIsNotAcknowledgedAndCommitsNothingOverIt(
      Mode mode, boolean batch) {
    topics.produceKeyed(topic, "a", "b", "a", "c");
    try (Instance first = new Instance(mode, batch, false, RangeAssignor.class)) {
      first.awaitGiven(3);
      assertThat(
              first.counters.count(
                  batch ? "decision.skip.handed_over_here" : "decision.hold.in_progress_here"))
          .isOne();
    }
    assertThat(topics.committed(topic)).isEmpty();
    try (Instance second = new Instance(mode, batch, false, RangeAssignor.class)) {
      second.acknowledges = true;
      awaitEffects("a", "b", "c");
    }
  }

  @ParameterizedTest
  @CsvSource({"CHECK_LOCK,false", "LEASE,false", "CHECK_LOCK,true", "LEASE,true"})
  void aCollectingListenerThatAcknowledgesWhatItHasCommitsTheDuplicateToo(
      Mode mode, boolean batch) {
    topics.produceKeyed(topic, "a", "b", "a", "c", "a");
    try (Instance first = new Instance(mode, batch, false, RangeAssignor.class)) {
      first.awaitGiven(3);
      first.acknowledgeWhatItHas();
      awaitEffects("a", "b", "c");
    }
  }

  @ParameterizedTest
  @CsvSource({"CHECK_LOCK,false", "LEASE,false", "CHECK_LOCK,true", "LEASE,true"})
  void aDuplicateIsNotCommittedOverWhatNobodyHasAcknowledged(Mode mode, boolean batch) {
    try (Instance first = new Instance(mode, batch, false, RangeAssignor.class)) {
      first.acknowledges = true;
      topics.produceKeyed(topic, "a");
      awaitEffects("a");
      first.acknowledges = false;
      topics.produceKeyed(topic, "b");
      first.awaitGiven(2);
      topics.produceKeyed(topic, "a");
      await()
          .atMost(PATIENCE)
          .until(() -> first.counters.count("decision.skip.finished_here") == 1);
    }
    assertThat(topics.committed(topic)).containsEntry(new TopicPartition(topic, 0), 1L);
    try (Instance second = new Instance(mode, batch, false, RangeAssignor.class)) {
      second.acknowledges = true;
      awaitEffects("a", "b");
    }
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(topics.uncommitted(topic, topic)).isZero();
  }

  private void awaitEffects(String... ids) {
    Map<String, Integer> once = new HashMap<>();
    List.of(ids).forEach(id -> once.put(id, 1));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(effects).isEqualTo(once);
              assertThat(topics.uncommitted(topic, topic)).as("uncommitted").isZero();
            });
  }

  /** One process's container: the effect happens with the acknowledgement. */
  private final class Instance implements AutoCloseable {

    final GuardCounters counters = new GuardCounters();
    volatile boolean acknowledges;
    private final AtomicInteger given = new AtomicInteger();
    private final NavigableMap<String, Runnable> unfinished = new ConcurrentSkipListMap<>();
    private final OnceOnlySpringKafka onceOnly;
    private final ConcurrentMessageListenerContainer<String, String> container;

    Instance(Mode mode, boolean batch, boolean assigned, Class<?> assignor) {
      Supplier<KafkaOptions.Builder> options =
          () ->
              KafkaOptions.builder()
                  .mode(mode)
                  .leaseTtl(Duration.ofSeconds(3))
                  .pollBudget(Duration.ofSeconds(5))
                  .events(counters)
                  .client(
                      ClientOptions.builder()
                          .apiKey(server.apiKey())
                          .baseUrl(server.baseUrl().toString())
                          .build());
      onceOnly = OnceOnlySpringKafka.builder(options).build();
      container = container(batch, assigned, assignor);
      onceOnly.protect(container);
      container.start();
    }

    void awaitGiven(int records) {
      await().atMost(PATIENCE).until(() -> given.get() == records);
    }

    /** In the order of offsets, and not what another has taken over. */
    void acknowledgeWhatItHas() {
      Collection<TopicPartition> assigned = container.getAssignedPartitions();
      unfinished.forEach(
          (position, work) -> {
            if (assigned.stream().anyMatch(each -> position.startsWith(each + " "))) {
              work.run();
            }
          });
    }

    private void take(List<ConsumerRecord<String, String>> records, Acknowledgment acknowledgment) {
      Runnable work =
          () -> {
            records.forEach(record -> effects.merge(record.value(), 1, Integer::sum));
            acknowledgment.acknowledge();
          };
      if (acknowledges) {
        work.run();
      } else {
        ConsumerRecord<String, String> record = records.get(0);
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        unfinished.put(partition + " " + record.offset(), work);
      }
      given.addAndGet(records.size());
    }

    private ConcurrentMessageListenerContainer<String, String> container(
        boolean batch, boolean assigned, Class<?> assignor) {
      ContainerProperties properties =
          assigned
              ? new ContainerProperties(
                  new TopicPartitionOffset(topic, 0), new TopicPartitionOffset(topic, 1))
              : new ContainerProperties(topic);
      properties.setGroupId(topic);
      properties.setAckMode(AckMode.MANUAL);
      properties.setPollTimeout(50);
      AcknowledgingMessageListener<String, String> one =
          (record, acknowledgment) -> take(List.of(record), acknowledgment);
      BatchAcknowledgingMessageListener<String, String> many = this::take;
      properties.setMessageListener(batch ? many : one);
      Map<String, Object> consumer = new HashMap<>();
      consumer.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
      consumer.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
      consumer.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
      consumer.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 500);
      consumer.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, assignor.getName());
      consumer.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
      consumer.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
      ConcurrentMessageListenerContainer<String, String> made =
          new ConcurrentMessageListenerContainer<>(
              new DefaultKafkaConsumerFactory<>(consumer), properties);
      made.setBeanName(topic);
      made.setApplicationEventPublisher(event -> {});
      return made;
    }

    @Override
    public void close() {
      container.stop();
      onceOnly.close();
    }
  }
}
