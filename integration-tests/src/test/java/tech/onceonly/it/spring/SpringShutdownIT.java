package tech.onceonly.it.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.listener.MessageListener;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;
import tech.onceonly.server.junit.OnceOnlyServerExtension;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/** An application that is stopped while a listener works, and its successor. */
@ExtendWith(WithBroker.class)
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class SpringShutdownIT {

  private static final AtomicInteger COUNT = new AtomicInteger();

  @RegisterExtension final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private final Map<String, Integer> effects = new ConcurrentHashMap<>();
  private final Set<String> given = ConcurrentHashMap.newKeySet();
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch opened = new CountDownLatch(1);
  private final String topic = "shutdown-" + COUNT.incrementAndGet();
  private KafkaBroker broker;
  private Topics topics;

  @BeforeEach
  void create(KafkaBroker givenBroker, Topics givenTopics) {
    broker = givenBroker;
    topics = givenTopics;
    topics.create(topic, 1);
  }

  @ParameterizedTest
  @CsvSource({
    "CHECK_LOCK,false,false",
    "LEASE,false,false",
    "CHECK_LOCK,false,true",
    "LEASE,false,true",
    "CHECK_LOCK,true,false",
    "LEASE,true,false"
  })
  void aListenerThatEndsInTimeIsDoneAndTheRestIsItsSuccessors(
      Mode mode, boolean batch, boolean immediately) throws Exception {
    topics.produceKeyed(topic, "a", "b", "c", "a", "d");
    Application first = new Application(mode, batch, immediately, PATIENCE);
    assertThat(reached.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
    CompletableFuture<Void> closing = CompletableFuture.runAsync(first::close);
    await().atMost(PATIENCE).until(() -> !first.container.isRunning());
    opened.countDown();
    closing.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);

    assertThat(effects).as("the one in hand is done").containsEntry("b", 1);
    if (immediately) {
      assertThat(effects).containsOnlyKeys("a", "b");
    }
    try (Application next = new Application(mode, batch, immediately, PATIENCE)) {
      awaitDone(next);
    }
    assertThat(effects).isEqualTo(once("a", "b", "c", "d", "after"));
  }

  @ParameterizedTest
  @CsvSource({"CHECK_LOCK,false", "LEASE,false", "CHECK_LOCK,true", "LEASE,true"})
  void aListenerThatOutlastsItsApplicationLosesNothing(Mode mode, boolean batch)
      throws InterruptedException {
    topics.produceKeyed(topic, "a", "b", "c", "a", "d");
    Application first = new Application(mode, batch, false, Duration.ofMillis(200));
    assertThat(reached.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
    Set<String> inHand = batch ? new HashSet<>(given) : Set.of("b");
    first.close();
    assertThat(effects).as("it is at work still").doesNotContainKey("b");
    try (Application next = new Application(mode, batch, false, PATIENCE)) {
      opened.countDown();
      awaitDone(next);
    }
    assertThat(effects).containsOnlyKeys("a", "b", "c", "d", "after");
    Set<String> doubled = new HashSet<>(effects.keySet());
    doubled.removeIf(id -> effects.get(id) == 1);
    if (mode == Mode.LEASE) {
      // Nobody could be told any more that it was done.
      assertThat(doubled).isSubsetOf(inHand);
    } else {
      assertThat(doubled).isEmpty();
    }
  }

  private void awaitDone(Application application) {
    topics.produceKeyed(topic, "after");
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                application.container.isRunning()
                    && effects.containsKey("after")
                    && topics.uncommitted(topic, topic) == 0);
  }

  private static Map<String, Integer> once(String... ids) {
    Map<String, Integer> once = new HashMap<>();
    List.of(ids).forEach(id -> once.put(id, 1));
    return once;
  }

  /** Stands still at the first "b", until it is let go. */
  private void work(ConsumerRecord<String, String> record) {
    if (record.value().equals("b") && reached.getCount() == 1) {
      reached.countDown();
      boolean interrupted = false;
      boolean open = false;
      while (!open) {
        try {
          open = opened.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
          assertThat(open).as("the test lets it go").isTrue();
        } catch (InterruptedException e) {
          // A listener that does not care: the worst case.
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    effects.merge(record.value(), 1, Integer::sum);
  }

  /** A Spring application of one container; all its timeouts are one. */
  private final class Application implements AutoCloseable {

    final KafkaMessageListenerContainer<String, String> container;
    private final GenericApplicationContext context = new GenericApplicationContext();

    Application(Mode mode, boolean batch, boolean immediately, Duration timeout) {
      container = container(batch, immediately, timeout);
      DefaultLifecycleProcessor lifecycle = new DefaultLifecycleProcessor();
      lifecycle.setTimeoutPerShutdownPhase(timeout.toMillis());
      context.registerBean("lifecycleProcessor", DefaultLifecycleProcessor.class, () -> lifecycle);
      context.registerBean(
          OnceOnlySpringKafka.class,
          () -> OnceOnlySpringKafka.builder(() -> options(mode)).build());
      context.registerBean(
          topic,
          KafkaMessageListenerContainer.class,
          () -> {
            context.getBean(OnceOnlySpringKafka.class).protect(container);
            return container;
          });
      context.refresh();
    }

    private KafkaOptions.Builder options(Mode mode) {
      return KafkaOptions.builder()
          .mode(mode)
          .leaseTtl(Duration.ofSeconds(2))
          .pollBudget(Duration.ofSeconds(5))
          .client(
              ClientOptions.builder()
                  .apiKey(server.apiKey())
                  .baseUrl(server.baseUrl().toString())
                  .build());
    }

    private KafkaMessageListenerContainer<String, String> container(
        boolean batch, boolean immediately, Duration timeout) {
      ContainerProperties properties = new ContainerProperties(topic);
      properties.setGroupId(topic);
      properties.setPollTimeout(50);
      properties.setShutdownTimeout(timeout.toMillis());
      properties.setStopImmediate(immediately);
      MessageListener<String, String> one =
          record -> {
            given.add(record.value());
            work(record);
          };
      BatchMessageListener<String, String> many =
          records -> {
            records.forEach(record -> given.add(record.value()));
            records.forEach(SpringShutdownIT.this::work);
          };
      properties.setMessageListener(batch ? many : one);
      Map<String, Object> consumer = new HashMap<>();
      consumer.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
      consumer.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
      consumer.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 500);
      consumer.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
      consumer.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
      return new KafkaMessageListenerContainer<>(
          new DefaultKafkaConsumerFactory<>(consumer), properties);
    }

    @Override
    public void close() {
      context.close();
    }
  }
}
