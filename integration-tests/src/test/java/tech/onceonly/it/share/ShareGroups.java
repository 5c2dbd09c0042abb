package tech.onceonly.it.share;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.tools.consumer.group.share.ShareGroupStateMessageFormatter;

/** What the broker knows of share groups: their settings, what is left, and what became of it. */
final class ShareGroups implements AutoCloseable {

  /** Long enough for a JVM that has just started on a busy machine. */
  static final Duration LOCK = Duration.ofSeconds(5);

  /**
   * Deliveries of what waited for three locks and was renewed: a renewal may come late on a busy
   * machine. Without any there would be one more for each lock.
   */
  static final int RENEWED = 2;

  private static final long TIMEOUT_SECONDS = 30;
  private static final Pattern COUNT = Pattern.compile("\"deliveryCount\":(\\d+)");
  private static final TopicPartition STATE = new TopicPartition("__share_group_state", 0);

  private final String bootstrapServers;
  private final Admin admin;

  ShareGroups(String bootstrapServers) {
    this.bootstrapServers = bootstrapServers;
    admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
  }

  /** From the topic's beginning, with the test's lock; archives after so many deliveries. */
  void configure(String group, int mostDeliveries) {
    Collection<AlterConfigOp> settings =
        List.of(
            set("share.auto.offset.reset", "earliest"),
            set("share.record.lock.duration.ms", String.valueOf(LOCK.toMillis())),
            set("share.delivery.count.limit", String.valueOf(mostDeliveries)));
    ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
    bounded(admin.incrementalAlterConfigs(Map.of(resource, settings)).all());
  }

  /** Records that are neither accepted, rejected nor archived. Those never looked at count too. */
  long left(String group, Map<TopicPartition, Long> ends) {
    Map<TopicPartition, SharePartitionOffsetInfo> offsets =
        bounded(
            admin
                .listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
                .partitionsToOffsetInfo(group));
    long left = 0;
    for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
      SharePartitionOffsetInfo offset = offsets.get(end.getKey());
      left += offset == null ? end.getValue() : offset.lag().orElse(end.getValue());
    }
    return left;
  }

  /** Every state of the group's records that the broker has ever written down. */
  List<String> states(String group) {
    List<String> states = new ArrayList<>();
    Map<String, Object> settings =
        Map.of("bootstrap.servers", bootstrapServers, "exclude.internal.topics", false);
    try (KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        ShareGroupStateMessageFormatter formatter = new ShareGroupStateMessageFormatter()) {
      consumer.assign(List.of(STATE));
      consumer.seekToBeginning(List.of(STATE));
      long end = consumer.endOffsets(List.of(STATE)).get(STATE);
      while (consumer.position(STATE) < end) {
        for (ConsumerRecord<byte[], byte[]> each : consumer.poll(Duration.ofMillis(200))) {
          ByteArrayOutputStream line = new ByteArrayOutputStream();
          formatter.writeTo(each, new PrintStream(line, true, StandardCharsets.UTF_8));
          String state = line.toString(StandardCharsets.UTF_8);
          if (state.contains("\"groupId\":\"" + group + "\"")) {
            states.add(state.trim());
          }
        }
      }
    }
    return states;
  }

  static boolean isArchived(String state) {
    return state.contains("\"deliveryState\":4");
  }

  static int mostDeliveries(Collection<String> states) {
    return states.stream()
        .map(COUNT::matcher)
        .flatMap(Matcher::results)
        .mapToInt(count -> Integer.parseInt(count.group(1)))
        .max()
        .orElse(0);
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(TIMEOUT_SECONDS));
  }

  private static AlterConfigOp set(String name, String value) {
    return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
  }

  private static <T> T bounded(KafkaFuture<T> future) {
    try {
      return future.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
