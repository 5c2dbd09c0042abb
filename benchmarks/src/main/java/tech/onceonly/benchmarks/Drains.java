package tech.onceonly.benchmarks;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.SetParams;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.OnceOnlyConsumerInterceptor;
import tech.onceonly.kafka.OnceOnlyKafka;

/** The ways to drain the topic. Each run is a group of its own, so that no key was seen before. */
final class Drains {

  /**
   * One way, and how small a part of the topic it drains to take about as long as the others. The
   * interceptor drains as much on each store, and so do the pipelines beside it: what a round's
   * beginning costs, and what has been compiled by then, is to be the same for all of them.
   */
  enum Way implements Laps.Way<Way> {
    RAW("raw", 1, null),
    SET_IN_JVM("a set in the JVM", 1, null),
    REDIS_SET_NX("Redis SET NX for each record", 20, null),
    REDIS_PIPELINED("Redis SET NX, a pipeline for each poll", 2, null),
    INTERCEPTOR("OnceOnly interceptor", 2, "memory"),
    INTERCEPTOR_ROCKSDB("OnceOnly interceptor, RocksDB", 2, "rocksdb"),
    INTERCEPTOR_REDIS("OnceOnly interceptor, Redis", 2, "redis"),
    FOR_EACH_LEASE("OnceOnly handler, lease", 20, "memory"),
    FOR_EACH_LEASE_AHEAD("OnceOnly handler, lease, 256 ahead", 10, "memory"),
    FOR_EACH_CHECK_LOCK("OnceOnly handler, check-lock", 20, "memory");

    private final String label;
    private final int part;
    private final @Nullable String store;

    Way(String label, int part, @Nullable String store) {
      this.label = label;
      this.part = part;
      this.store = store;
    }

    @Override
    public String label() {
      return label;
    }

    @Override
    public Way redis() {
      return REDIS_SET_NX;
    }

    @Override
    public Way bare() {
      return RAW;
    }

    int part() {
      return part;
    }

    /** Of the OnceOnly server; null where there is none. */
    @Nullable String store() {
      return store;
    }

    private boolean isIntercepted() {
      return name().startsWith("INTERCEPTOR");
    }
  }

  private static final int MOST_POLLED = 500;
  private static final Duration POLL = Duration.ofSeconds(1);

  /** At 5 s, Kafka's own, the interceptor would reach the bound of its claims not committed. */
  private static final int COMMIT_MILLIS = 500;

  private final String brokers;
  private final String topic;
  private final Map<String, ApiProcess> servers;
  private final int redisPort;
  private int runs;
  private long effects;

  Drains(String brokers, String topic, Map<String, ApiProcess> servers, int redisPort) {
    this.brokers = brokers;
    this.topic = topic;
    this.servers = servers;
    this.redisPort = redisPort;
  }

  /** Drains so many records; gives records a second. */
  double run(Way way, int count) {
    String group = "bench-" + way + "-" + runs++;
    effects = 0;
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties(way, group))) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      double rate =
          switch (way) {
            case RAW, INTERCEPTOR, INTERCEPTOR_ROCKSDB, INTERCEPTOR_REDIS -> plain(consumer, count);
            case SET_IN_JVM -> set(consumer, count);
            case REDIS_SET_NX -> redis(consumer, group, count);
            case REDIS_PIPELINED -> pipelined(consumer, group, count);
            case FOR_EACH_LEASE -> handler(consumer, group, way, Mode.LEASE, 1, count);
            case FOR_EACH_LEASE_AHEAD -> handler(consumer, group, way, Mode.LEASE, 256, count);
            case FOR_EACH_CHECK_LOCK -> handler(consumer, group, way, Mode.CHECK_LOCK, 1, count);
          };
      if (effects < count) {
        throw new IllegalStateException(way + " gave " + effects + " effects of " + count);
      }
      return rate;
    }
  }

  private double plain(KafkaConsumer<String, String> consumer, int count) {
    long began = System.nanoTime();
    while (effects < count) {
      for (ConsumerRecord<String, String> each : consumer.poll(POLL)) {
        effect(each);
      }
    }
    return rate(began);
  }

  private double set(KafkaConsumer<String, String> consumer, int count) {
    Set<String> seen = new HashSet<>();
    long began = System.nanoTime();
    while (effects < count) {
      for (ConsumerRecord<String, String> each : consumer.poll(POLL)) {
        if (seen.add(key(each))) {
          effect(each);
        }
      }
    }
    return rate(began);
  }

  private double redis(KafkaConsumer<String, String> consumer, String group, int count) {
    try (Jedis jedis = new Jedis("127.0.0.1", redisPort)) {
      SetParams once = SetParams.setParams().nx().ex(3_600);
      long began = System.nanoTime();
      while (effects < count) {
        for (ConsumerRecord<String, String> each : consumer.poll(POLL)) {
          if (jedis.set(group + ":" + key(each), "1", once) != null) {
            effect(each);
          }
        }
      }
      return rate(began);
    }
  }

  private double pipelined(KafkaConsumer<String, String> consumer, String group, int count) {
    Samples unused = new Samples();
    try (PipelinedSetNx redis = new PipelinedSetNx(redisPort, MOST_POLLED)) {
      long began = System.nanoTime();
      while (effects < count) {
        ConsumerRecords<String, String> records = consumer.poll(POLL);
        List<String> keys = new ArrayList<>(records.count());
        records.forEach(each -> keys.add(group + ":" + key(each)));
        redis.claim(keys, unused); // fails where one is not new
        records.forEach(this::effect);
      }
      return rate(began);
    }
  }

  private double handler(
      KafkaConsumer<String, String> consumer,
      String group,
      Way way,
      Mode mode,
      int ahead,
      int count) {
    KafkaOptions options =
        KafkaOptions.builder()
            .groupId(group)
            .autoCommit(false)
            .mode(mode)
            .maxCompletionsInFlight(ahead)
            .client(
                ClientOptions.builder()
                    .apiKey(ApiProcess.API_KEY)
                    .baseUrl(server(way).baseUrl())
                    .build())
            .build();
    try (OnceOnlyKafka<String, String> onceOnly = OnceOnlyKafka.on(consumer, options)) {
      long began = System.nanoTime();
      while (effects < count) {
        ConsumerRecords<String, String> records = consumer.poll(POLL);
        onceOnly.forEach(records, (each, context) -> effect(each));
      }
      return rate(began);
    }
  }

  private ApiProcess server(Way way) {
    return Objects.requireNonNull(servers.get(way.store()), way::name);
  }

  private void effect(ConsumerRecord<String, String> each) {
    if (each.value() != null) {
      effects++;
    }
  }

  private double rate(long beganNanos) {
    return effects * 1e9 / (System.nanoTime() - beganNanos);
  }

  private static String key(ConsumerRecord<String, String> each) {
    return new String(each.headers().lastHeader("Idempotency-Key").value(), StandardCharsets.UTF_8);
  }

  private Map<String, Object> properties(Way way, String group) {
    Map<String, Object> properties = new HashMap<>();
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    // The handler commits for itself.
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, !way.name().startsWith("FOR_EACH"));
    properties.put(ConsumerConfig.AUTO_COMMIT_INTERVAL_MS_CONFIG, COMMIT_MILLIS);
    properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MOST_POLLED);
    properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    if (way.isIntercepted()) {
      properties.put(
          ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG, OnceOnlyConsumerInterceptor.class.getName());
      properties.put("onceonly.api.key", ApiProcess.API_KEY);
      properties.put("onceonly.base.url", server(way).baseUrl());
    }
    return properties;
  }
}
