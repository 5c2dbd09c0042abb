package tech.onceonly.kafka.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.config.KafkaListenerContainerFactory;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.listener.MessageListenerContainer;
import org.springframework.kafka.retrytopic.DeadLetterPublishingRecovererFactory;
import org.springframework.kafka.retrytopic.DefaultDestinationTopicResolver;
import org.springframework.kafka.retrytopic.ListenerContainerFactoryConfigurer;
import tech.onceonly.kafka.FakeClaimService;
import tech.onceonly.kafka.KafkaOptions;

/** What a container has polled when the commit that it makes up for after a rebalance fails. */
class DeferredCommitsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final TopicPartition PARTITION = new TopicPartition("t", 0);
  private static final Map<TopicPartition, OffsetAndMetadata> OFFSETS =
      Map.of(PARTITION, new OffsetAndMetadata(1));

  private final Consumers factory = new Consumers();

  static Stream<Arguments> failures() {
    List<List<RuntimeException>> failures =
        List.of(
            List.of(new WakeupException()),
            List.of(new WakeupException(), new WakeupException()),
            List.of(new TimeoutException("of the test")),
            List.of(new GroupAuthorizationException("of the test")));
    return Stream.of(false, true)
        .flatMap(retryTopic -> failures.stream().map(each -> Arguments.of(retryTopic, each)));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whatWasPolledIsDeliveredAndTheCommitMadeUpFor(
      boolean retryTopic, List<RuntimeException> failures) {
    factory.failures.add(new RebalanceInProgressException("of the test"));
    factory.failures.addAll(failures);
    List<Long> delivered = new CopyOnWriteArrayList<>();
    try (OnceOnlySpringKafka onceOnly = onceOnly()) {
      MessageListenerContainer container =
          container(onceOnly, retryTopic, record -> delivered.add(record.offset()));
      container.start();
      try {
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  assertThat(delivered).containsExactly(0L, 1L, 2L);
                  assertThat(factory.committed).isEqualTo(3);
                });
      } finally {
        container.stop();
      }
    }
    assertThat(factory.failures).isEmpty();
  }

  @Test
  void aContainerIsToldOfAllButTheFirstCommitAfterAPollAndOfWhatCannotBeMadeUpFor() {
    Consumer<String, String> consumer = subscribed(listenerOfAContainer());
    factory.failures.add(new TimeoutException("in the first poll"));
    assertThatThrownBy(() -> consumer.commitSync(OFFSETS, PATIENCE))
        .isInstanceOf(TimeoutException.class);
    consumer.poll(Duration.ZERO);
    factory.failures.add(new TimeoutException("after the poll"));
    assertThatThrownBy(() -> consumer.commitSync(OFFSETS, PATIENCE))
        .isInstanceOf(RebalanceInProgressException.class);
    factory.failures.add(new TimeoutException("the second one after the poll"));
    assertThatThrownBy(() -> consumer.commitSync(OFFSETS, PATIENCE))
        .isInstanceOf(TimeoutException.class);
    consumer.poll(Duration.ZERO);
    factory.failures.add(new CommitFailedException("of the test"));
    assertThatThrownBy(() -> consumer.commitSync(OFFSETS, PATIENCE))
        .isInstanceOf(CommitFailedException.class);
  }

  @Test
  void whoeverSubscribesByHimselfIsToldEverything() {
    try (OnceOnlySpringKafka onceOnly = onceOnly()) {
      container(onceOnly, false, record -> {});
    }
    Consumer<String, String> consumer = subscribed(new Users());
    consumer.poll(Duration.ZERO);
    factory.failures.add(new WakeupException());
    assertThatThrownBy(() -> consumer.commitSync(OFFSETS, PATIENCE))
        .isInstanceOf(WakeupException.class);
  }

  @Test
  void aFactoryIsProtectedOnce() {
    try (OnceOnlySpringKafka onceOnly = onceOnly()) {
      container(onceOnly, false, record -> {});
      container(onceOnly, true, record -> {});
    }
    assertThat(factory.getPostProcessors()).hasSize(1);
  }

  private ConsumerRebalanceListener listenerOfAContainer() {
    try (OnceOnlySpringKafka onceOnly = onceOnly()) {
      MessageListenerContainer container = container(onceOnly, false, record -> {});
      container.start();
      container.stop();
    }
    factory.empty = true;
    return factory.subscribedBy;
  }

  private Consumer<String, String> subscribed(ConsumerRebalanceListener listener) {
    Consumer<String, String> consumer = factory.createConsumer();
    consumer.subscribe(List.of("t"), listener);
    return consumer;
  }

  private MessageListenerContainer container(
      OnceOnlySpringKafka onceOnly, boolean retryTopic, MessageListener<String, String> listener) {
    ConcurrentKafkaListenerContainerFactory<String, String> containers =
        new ConcurrentKafkaListenerContainerFactory<>();
    containers.setConsumerFactory(factory);
    containers.setContainerCustomizer(
        container -> {
          container.setBeanName("payments");
          container.getContainerProperties().setGroupId("payments");
          container.setupMessageListener(listener);
          onceOnly.protect(container);
        });
    containers.getContainerProperties().setPollTimeout(10);
    return (retryTopic ? ofRetryTopics(containers) : containers).createContainer("t");
  }

  /** As {@code @RetryableTopic} has it. */
  private static KafkaListenerContainerFactory<?> ofRetryTopics(
      ConcurrentKafkaListenerContainerFactory<?, ?> containers) {
    DeadLetterPublishingRecovererFactory recoverers =
        new DeadLetterPublishingRecovererFactory(
            new DefaultDestinationTopicResolver(Clock.systemUTC()));
    return new ListenerContainerFactoryConfigurer(context -> {}, recoverers, Clock.systemUTC())
        .decorateFactory(containers);
  }

  private static OnceOnlySpringKafka onceOnly() {
    return OnceOnlySpringKafka.builder(
            () -> KafkaOptions.builder().claimService(new FakeClaimService()))
        .build();
  }

  private static final class Users implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
  }

  /** Each of its consumers has three records, one a poll, and fails at commits as it is told. */
  private static final class Consumers extends DefaultKafkaConsumerFactory<String, String> {

    final Deque<RuntimeException> failures = new ConcurrentLinkedDeque<>();
    volatile ConsumerRebalanceListener subscribedBy;
    volatile long committed;
    volatile boolean empty;

    Consumers() {
      super(Map.of(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"));
    }

    @Override
    protected Consumer<String, String> createRawConsumer(Map<String, Object> properties) {
      return new Failing();
    }

    private final class Failing extends MockConsumer<String, String> {

      Failing() {
        super("earliest");
        setMaxPollRecords(1);
        updateBeginningOffsets(Map.of(PARTITION, 0L));
        if (!empty) {
          schedulePollTask(this::fill);
        }
      }

      private void fill() {
        rebalance(List.of(PARTITION));
        for (long offset = 0; offset < 3; offset++) {
          addRecord(new ConsumerRecord<>("t", 0, offset, "k", "v" + offset));
        }
      }

      @Override
      public void subscribe(Collection<String> topics, ConsumerRebalanceListener listener) {
        subscribedBy = listener;
        super.subscribe(topics, listener);
      }

      @Override
      public void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
        RuntimeException failure = failures.poll();
        if (failure != null) {
          throw failure;
        }
        committed = offsets.get(PARTITION).offset();
      }
    }
  }
}
