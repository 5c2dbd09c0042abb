package tech.onceonly.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tech.onceonly.kafka.OnceOnlyConsumerInterceptor;
import tech.onceonly.server.junit.OnceOnlyServerExtension;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/** An interceptor in Kafka Streams claims nothing: what a transaction takes back comes again. */
@ExtendWith(WithBroker.class)
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class StreamsIT {

  private static final AtomicInteger COUNT = new AtomicInteger();

  @RegisterExtension final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private final String from = "streams-from-" + COUNT.incrementAndGet();
  private final String to = from + "-to";
  private @TempDir Path state;

  @ParameterizedTest
  @CsvSource({
    "classic,at_least_once",
    "classic,exactly_once_v2",
    "streams,at_least_once",
    "streams,exactly_once_v2"
  })
  void everyRecordPassesAlsoAfterARollback(
      String protocol, String guarantee, KafkaBroker broker, Topics topics) {
    topics.create(from, 1);
    topics.create(to, 1);
    topics.produceKeyed(from, "a", "b", "a", "c");
    AtomicBoolean failed = new AtomicBoolean();
    StreamsBuilder topology = new StreamsBuilder();
    topology.<String, String>stream(from)
        .mapValues(
            value -> {
              if (value.equals("c") && failed.compareAndSet(false, true)) {
                throw new IllegalStateException("the application fails at " + value);
              }
              return value;
            })
        .to(to);
    try (KafkaStreams streams =
        new KafkaStreams(topology.build(), properties(protocol, guarantee, broker))) {
      streams.setUncaughtExceptionHandler(failure -> StreamThreadExceptionResponse.REPLACE_THREAD);
      streams.start();
      await().atMost(PATIENCE).until(() -> topics.uncommitted(from, from) == 0);
      streams.close(PATIENCE);
    }
    assertThat(failed).isTrue();
    List<String> written = written(broker);
    if (guarantee.equals("exactly_once_v2")) {
      assertThat(written).containsExactly("a", "b", "a", "c");
    } else {
      assertThat(written).contains("a", "b", "c");
    }
    assertThat(server.seen()).isEmpty();
  }

  private Properties properties(String protocol, String guarantee, KafkaBroker broker) {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, from);
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
    properties.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, protocol);
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
    properties.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    properties.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    Map<String, Object> consumer =
        Map.of(
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest",
            ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG,
            OnceOnlyConsumerInterceptor.class.getName(),
            "onceonly.api.key",
            server.apiKey(),
            "onceonly.base.url",
            server.baseUrl().toString());
    if (protocol.equals("classic")) {
      // Threads do not leave their group when they fail; of the other protocol the broker says it.
      properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 6_000);
      properties.put(
          StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), 300);
    }
    consumer.forEach((name, value) -> properties.put(StreamsConfig.consumerPrefix(name), value));
    return properties;
  }

  /** What was committed. */
  private List<String> written(KafkaBroker broker) {
    Map<String, Object> reader =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            broker.bootstrapServers(),
            ConsumerConfig.GROUP_ID_CONFIG,
            to,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest",
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed",
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
            StringDeserializer.class,
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
            StringDeserializer.class);
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(reader)) {
      consumer.subscribe(List.of(to));
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(each -> values.add(each.value()));
                return values.contains("c");
              });
    }
    return values;
  }
}
