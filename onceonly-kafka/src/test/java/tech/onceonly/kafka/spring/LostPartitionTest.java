package tech.onceonly.kafka.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import tech.onceonly.Mode;
import tech.onceonly.kafka.FakeClaimService;
import tech.onceonly.kafka.KafkaOptions;

/**
 * A batch listener that outlasts {@code max.poll.interval.ms}: its partition goes to another thread
 * of its container, which is handed the batch again.
 */
class LostPartitionTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final FakeClaimService service = new FakeClaimService();
  private final List<String> effects = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch end = new CountDownLatch(1);
  private CompletableFuture<Void> first = CompletableFuture.completedFuture(null);
  private volatile boolean fails;
  private OnceOnlySpringKafka onceOnly;
  private BatchMessageListener<String, String> listener;

  @AfterEach
  void close() {
    end.countDown();
    assertThat(first.handle((nothing, failure) -> true)).succeedsWithin(PATIENCE);
    onceOnly.close();
  }

  @ParameterizedTest
  @CsvSource({"LEASE,false", "CHECK_LOCK,true", "CHECK_LOCK,false"})
  void theRedeliveryWaitsAndRunsIfTheFirstFails(Mode mode, boolean releasable) {
    service.releasable = releasable;
    fails = true;
    protect(mode);
    workOn(record(0, "a"));

    assertThatThrownBy(() -> deliver(record(0, "a"), record(1, "b")))
        .isInstanceOf(HeldException.class);
    assertThat(held(mode)).as("the first's claim").anyMatch(key -> key.contains("Key:a"));
    assertThat(effects).isEmpty();

    end.countDown();
    assertThat(first).failsWithin(PATIENCE);
    fails = false;
    deliver(record(0, "a"), record(1, "b"));
    deliver(record(2, "a"));
    assertThat(effects).containsExactly("a", "b");
  }

  @ParameterizedTest
  @EnumSource
  void theRedeliveryWaitsAndIsSkippedIfTheFirstSucceeds(Mode mode) {
    protect(mode);
    workOn(record(0, "a"));

    assertThatThrownBy(() -> deliver(record(0, "a"), record(1, "b")))
        .isInstanceOf(HeldException.class);

    end.countDown();
    assertThat(first).succeedsWithin(PATIENCE);
    deliver(record(0, "a"), record(1, "b"));
    assertThat(effects).containsExactly("a", "b");
  }

  private void protect(Mode mode) {
    BatchMessageListener<String, String> delegate = this::work;
    ContainerProperties properties = new ContainerProperties("t");
    properties.setGroupId("payments");
    properties.setMessageListener(delegate);
    ConcurrentMessageListenerContainer<String, String> container =
        new ConcurrentMessageListenerContainer<>(
            new DefaultKafkaConsumerFactory<>(Map.of()), properties);
    onceOnly =
        OnceOnlySpringKafka.builder(() -> KafkaOptions.builder().mode(mode).claimService(service))
            .build();
    onceOnly.protect(container);
    listener = listenerOf(container);
  }

  @SuppressWarnings("unchecked") // of a container of the same types
  private static BatchMessageListener<String, String> listenerOf(
      ConcurrentMessageListenerContainer<String, String> container) {
    return (BatchMessageListener<String, String>)
        container.getContainerProperties().getMessageListener();
  }

  /** The first call works until {@link #end}. */
  private void work(List<ConsumerRecord<String, String>> records) {
    if (begun.getCount() > 0) {
      begun.countDown();
      awaitEnd();
    }
    if (fails) {
      throw new IllegalStateException("by the test");
    }
    records.forEach(record -> effects.add(record.value()));
  }

  private void awaitEnd() {
    try {
      assertThat(end.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void workOn(ConsumerRecord<String, String> record) {
    first = CompletableFuture.runAsync(() -> deliver(record));
    await().atMost(PATIENCE).until(() -> begun.getCount() == 0 || first.isDone());
  }

  @SafeVarargs
  private void deliver(ConsumerRecord<String, String>... records) {
    listener.onMessage(List.of(records));
  }

  private Iterable<String> held(Mode mode) {
    return List.copyOf((mode == Mode.LEASE ? service.leases : service.locks).keySet());
  }

  private static ConsumerRecord<String, String> record(long offset, String id) {
    ConsumerRecord<String, String> record = new ConsumerRecord<>("t", 0, offset, id, id);
    record.headers().add("Idempotency-Key", id.getBytes(StandardCharsets.UTF_8));
    return record;
  }
}
