package tech.onceonly.it.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.util.backoff.FixedBackOff;
import tech.onceonly.GuardCounters;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.ScriptedApi;
import tech.onceonly.testing.Topics;

/** Runs one square of the table on a real broker, and tells what was seen. */
final class CellRun implements AutoCloseable {

  static final String API_KEY = "it-key";

  private final Cell cell;
  private final Topics topics;
  private final String topic;
  private final ScriptedApi api;
  private final ProbeListener probe;
  private final GuardCounters counters = new GuardCounters();
  private final List<String> recovered = new CopyOnWriteArrayList<>();
  private final OnceOnlySpringKafka onceOnly;
  private final ConcurrentMessageListenerContainer<String, String> container;
  private int sent;

  CellRun(Cell cell, int number, KafkaBroker broker, Topics topics, URI server) {
    this.cell = cell;
    this.topics = topics;
    topic = "spring-" + number;
    topics.create(topic, 1);
    api = ScriptedApi.start(server.getHost(), server.getPort());
    probe = new ProbeListener(cell);
    onceOnly = OnceOnlySpringKafka.builder(this::options).build();
    container = container(broker);
    onceOnly.protect(container);
  }

  /** Runs it and tells what was seen, in the words of the documentation's table. */
  String run() {
    return switch (cell.what()) {
      case PROCESSED -> processed();
      case SKIPPED -> skipped();
      case RETRIED -> failed(1);
      case NACKED -> failed(1);
      case RECOVERED -> recovered();
      case REFUSED -> refused();
      case HELD -> held();
      case FAIL_OPEN -> failOpen();
    };
  }

  private String processed() {
    send("a", "b", "c", "d");
    container.start();
    awaitAll("a", "b", "c", "d");
    return "once";
  }

  private String skipped() {
    send("a", "b", "a", "c", "b", "b");
    container.start();
    awaitAll("a", "b", "c");
    assertThat(probe.attempts).as("attempts").isEqualTo(probe.effects);
    send("c", "a");
    awaitAll("a", "b", "c");
    assertThat(probe.attempts).as("attempts").isEqualTo(probe.effects);
    return "once, all committed";
  }

  private String failed(int failures) {
    probe.failing = "c";
    probe.failures = failures;
    send("a", "a", "b", "c", "d", "c");
    container.start();
    awaitAll("a", "b", "c", "d");
    assertThat(probe.attempts.get("c")).isEqualTo(failures + 1);
    assertThat(recovered).isEmpty();
    return "once, at the second attempt";
  }

  private String recovered() {
    probe.failing = "c";
    probe.failures = 2;
    send("a", "a", "b", "c", "d");
    container.start();
    awaitAll("a", "b", "d");
    assertThat(recovered).containsExactly("c");
    assertThat(probe.attempts.get("c")).isEqualTo(2);
    send("c");
    awaitAll("a", "b", "c", "d");
    return "recovered once, its replay runs once";
  }

  private String refused() {
    send("a", "b");
    container.start();
    awaitAll("a", "b");
    api.answer(401, "{\"detail\": \"refused by the test\"}", Map.of());
    send("c", "d");
    await().atMost(PATIENCE).until(() -> !container.isInExpectedState());
    assertUntouched("a", "b");
    assertThat(onceOnly.refusals()).containsOnlyKeys(topic);
    await().atMost(PATIENCE).until(() -> !container.isChildRunning());
    api.forward();
    container.start();
    awaitAll("a", "b", "c", "d");
    assertThat(onceOnly.refusals()).isEmpty();
    return "stopped, nothing lost; once when mended";
  }

  void refusedWithAnErrorHandlerOfTheUsersOwn() {
    container.setCommonErrorHandler(errorHandler());
    send("a", "b");
    container.start();
    awaitAll("a", "b");
    api.answer(401, "{\"detail\": \"refused by the test\"}", Map.of());
    send("c", "d");
    await().atMost(PATIENCE).until(() -> !container.isChildRunning());
    assertUntouched("a", "b");
  }

  private String held() {
    send("a", "b");
    container.start();
    awaitAll("a", "b");
    if (cell.mode() == Mode.LEASE) {
      String elsewhere = "{\"ok\":true,\"status\":\"in_progress\",\"retry_after_sec\":0.05}";
      api.answerWhere(path -> path.endsWith("/ai/lease"), 200, elsewhere, Map.of());
    } else {
      api.answer(429, "{\"detail\": \"slower\"}", Map.of("Retry-After", "0.05"));
    }
    long before = api.answered();
    send("c", "d");
    // More often than the error handler would try, so that attempts used up would show.
    await().atMost(PATIENCE).until(() -> api.answered() >= before + 5);
    assertUntouched("a", "b");
    api.forward();
    awaitAll("a", "b", "c", "d");
    assertThat(probe.attempts).as("attempts").isEqualTo(probe.effects);
    return "waited, no attempt used up; then once";
  }

  private String failOpen() {
    api.answer(503, "{\"detail\": \"down\"}", Map.of());
    send("a", "b", "c");
    container.start();
    awaitAll("a", "b", "c");
    assertThat(counters.count("decision.unprotected.outage")).isEqualTo(3);
    return "once, counted as unprotected";
  }

  /** Each took effect once, no other did, and everything that was sent is committed. */
  private void awaitAll(String... payments) {
    Map<String, Integer> once = new HashMap<>();
    Stream.of(payments).forEach(payment -> once.put(payment, 1));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(probe.effects).as("effects").isEqualTo(once);
              assertThat(topics.uncommitted(topic, topic)).as("uncommitted").isZero();
            });
  }

  private void assertUntouched(String... before) {
    assertThat(probe.effects.keySet()).as("effects").containsExactlyInAnyOrder(before);
    assertThat(recovered).isEmpty();
    assertThat(topics.uncommitted(topic, topic)).as("uncommitted").isEqualTo(sent - before.length);
  }

  private void send(String... payments) {
    topics.produceKeyed(topic, payments);
    sent += payments.length;
  }

  private KafkaOptions.Builder options() {
    return KafkaOptions.builder()
        .mode(cell.mode())
        .ttl(Duration.ofHours(1))
        .leaseTtl(Duration.ofSeconds(10))
        .pollBudget(Duration.ofSeconds(5))
        .events(counters)
        .client(
            ClientOptions.builder()
                .apiKey(API_KEY)
                .baseUrl(api.baseUrl())
                .batching(false) // the script answers call by call
                .build());
  }

  private ConcurrentMessageListenerContainer<String, String> container(KafkaBroker broker) {
    Map<String, Object> consumer =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            broker.bootstrapServers(),
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest",
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
            StringDeserializer.class,
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
            StringDeserializer.class);
    ContainerProperties properties = new ContainerProperties(topic);
    properties.setGroupId(topic);
    properties.setAckMode(cell.ackMode());
    properties.setAckCount(3);
    properties.setAckTime(50);
    properties.setPollTimeout(50);
    properties.setMessageListener(probe.listener());
    ConcurrentMessageListenerContainer<String, String> made =
        new ConcurrentMessageListenerContainer<>(
            new DefaultKafkaConsumerFactory<>(consumer), properties);
    made.setBeanName(topic);
    // Without one, a container does not hear that its consumers have stopped.
    made.setApplicationEventPublisher(event -> {});
    made.setCommonErrorHandler(errorHandler());
    return made;
  }

  private DefaultErrorHandler errorHandler() {
    DefaultErrorHandler errorHandler =
        new DefaultErrorHandler(
            (record, failure) -> recovered.add(String.valueOf(record.value())),
            new FixedBackOff(0, 1));
    errorHandler.setCommitRecovered(true);
    return errorHandler;
  }

  @Override
  public void close() {
    container.stop();
    onceOnly.close();
    api.close();
  }
}
