package tech.onceonly.testing;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Topics of a broker, and what is in them. Every method waits for the broker's own word that the
 * work is done, at most 30 seconds, and fails with an {@link IllegalStateException} after that.
 *
 * <p>Safe for use by several threads.
 */
public final class Topics implements AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final String bootstrapServers;
  private final Admin admin;

  /** Connects to the brokers; fails at first use where none answers. */
  public Topics(String bootstrapServers) {
    this.bootstrapServers = bootstrapServers;
    admin =
        Admin.create(
            Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "default.api.timeout.ms",
                String.valueOf(TIMEOUT.toMillis()),
                "reconnect.backoff.max.ms",
                "200"));
  }

  /** Waits until a broker answers. */
  public void awaitBroker() {
    bounded(admin.describeCluster().nodes(), "wait for a broker at " + bootstrapServers);
  }

  /** Creates the topic and returns once every partition has a leader that knows it is one. */
  public void create(String topic, int partitions) {
    NewTopic wanted = new NewTopic(topic, partitions, (short) 1);
    bounded(admin.createTopics(List.of(wanted)).all(), "create topic " + topic);
    Await.until("topic " + topic + " has leaders", TIMEOUT, () -> hasLeaders(topic, partitions));
    // Asked of the leaders themselves. A leader that learns of it between two batches of one
    // producer refuses the first, takes the second, and then calls the first out of order.
    endOffsets(topic);
  }

  /** Deletes the topic and returns once the broker no longer knows it. */
  public void delete(String topic) {
    bounded(admin.deleteTopics(List.of(topic)).all(), "delete topic " + topic);
    Await.until("topic " + topic + " is gone", TIMEOUT, () -> !exists(topic));
  }

  /** Sends the records and returns once the broker has acknowledged every one. */
  public void produce(List<ProducerRecord<String, String>> records) {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            bootstrapServers,
            "acks",
            "all",
            "delivery.timeout.ms",
            (int) TIMEOUT.toMillis(),
            "request.timeout.ms",
            10_000,
            "max.block.ms",
            TIMEOUT.toMillis());
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      List<Future<?>> sent = new ArrayList<>(records.size());
      records.forEach(one -> sent.add(producer.send(one)));
      sent.forEach(one -> bounded(one, "produce to " + bootstrapServers));
    }
  }

  /**
   * A record for each, in partition 0, whose value and {@code Idempotency-Key} header are the id.
   */
  public void produceKeyed(String topic, String... ids) {
    produce(Stream.of(ids).map(id -> keyed(topic, 0, id)).toList());
  }

  /** A record whose key, value and {@code Idempotency-Key} header are the id. */
  public static ProducerRecord<String, String> keyed(String topic, int partition, String id) {
    ProducerRecord<String, String> record = new ProducerRecord<>(topic, partition, id, id);
    record.headers().add("Idempotency-Key", id.getBytes(StandardCharsets.UTF_8));
    return record;
  }

  /** Offset after the last record of each partition. */
  public Map<TopicPartition, Long> endOffsets(String topic) {
    Map<TopicPartition, OffsetSpec> wanted =
        IntStream.range(0, describe(topic).partitions().size())
            .mapToObj(partition -> new TopicPartition(topic, partition))
            .collect(Collectors.toMap(Function.identity(), partition -> OffsetSpec.latest()));
    return bounded(admin.listOffsets(wanted).all(), "list offsets of " + topic).entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().offset()));
  }

  /** Offset that each partition is committed to by the group; without one, it is missing. */
  public Map<TopicPartition, Long> committed(String group) {
    return bounded(
            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(),
            "list offsets of group " + group)
        .entrySet()
        .stream()
        .filter(entry -> entry.getValue() != null)
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().offset()));
  }

  /** The records of the topic that the group has not committed yet. */
  public long uncommitted(String group, String topic) {
    Map<TopicPartition, Long> committed = committed(group);
    return endOffsets(topic).entrySet().stream()
        .mapToLong(end -> end.getValue() - committed.getOrDefault(end.getKey(), 0L))
        .sum();
  }

  /** How many members the group has, whatever its protocol; joining ones among them. */
  public int members(String group) {
    Map<String, ConsumerGroupDescription> described =
        bounded(admin.describeConsumerGroups(List.of(group)).all(), "describe group " + group);
    return Objects.requireNonNull(described.get(group), group).members().size();
  }

  @Override
  public void close() {
    admin.close(TIMEOUT);
  }

  private TopicDescription describe(String topic) {
    Map<String, TopicDescription> described =
        bounded(admin.describeTopics(List.of(topic)).allTopicNames(), "describe " + topic);
    return Objects.requireNonNull(described.get(topic), topic);
  }

  private boolean hasLeaders(String topic, int partitions) {
    if (!exists(topic)) {
      return false;
    }
    TopicDescription described = describe(topic);
    return described.partitions().size() == partitions
        && described.partitions().stream()
            .allMatch(partition -> partition.leader() != null && !partition.leader().isEmpty());
  }

  private boolean exists(String topic) {
    try {
      describe(topic);
      return true;
    } catch (IllegalStateException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw e;
    }
  }

  private static <T> T bounded(Future<T> future, String what) {
    try {
      return future.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException("Cannot " + what, e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("Cannot " + what + " within " + TIMEOUT, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted: " + what, e);
    }
  }
}
