package tech.onceonly.kafka.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ConsumerSeekAware;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.support.TopicPartitionOffset;
import org.springframework.kafka.support.TopicPartitionOffset.SeekPosition;
import tech.onceonly.kafka.FakeClaimService;
import tech.onceonly.kafka.KafkaOptions;

/** A listener that reads again on purpose is told that what it reads again is skipped. */
class WatchedSeeksTest {

  private static final String SKIPPED = "within its claim's TTL is skipped";
  private static final TopicPartition PARTITION = new TopicPartition("rates", 0);

  /** What the container was asked for. */
  private final List<String> sought = new ArrayList<>();

  private final ConsumerSeekAware.ConsumerSeekCallback containers =
      (ConsumerSeekAware.ConsumerSeekCallback)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {ConsumerSeekAware.ConsumerSeekCallback.class},
              (proxy, method, arguments) -> {
                sought.add(method.getName());
                if (method.getName().equals("seekRelative")) {
                  throw new IllegalStateException("the container refuses");
                }
                return null;
              });

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSeekBackIsPassedOnAndSaidOnce(boolean batch) {
    ConsumerSeekAware listener = protectedListener(batch, new ContainerProperties("rates"));
    String printed =
        printed(
            () -> {
              listener.onPartitionsAssigned(Map.of(PARTITION, 0L), containers);
              listener.onPartitionsAssigned(Map.of(PARTITION, 0L), containers);
            });
    assertThat(sought)
        .containsExactly("seekToEnd", "seekToBeginning", "seekToEnd", "seekToBeginning");
    assertThat(printed.split(SKIPPED, -1)).hasSize(1 + 1);
    assertThat(printed).contains("listener rates").contains("without(\"rates\")");
  }

  @Test
  void whatTheContainerThrowsReachesTheListener() {
    assertThatThrownBy(
            () -> new WatchedSeeks("rates").watched(containers).seekRelative("rates", 0, -1, true))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the container refuses");
  }

  @Test
  void partitionsAssignedWithAnOffsetAreSaidAtOnce() {
    assertThat(
            printed(
                () ->
                    protectedListener(
                        false,
                        new ContainerProperties(
                            new TopicPartitionOffset("rates", 0, SeekPosition.BEGINNING)))))
        .contains(SKIPPED)
        .contains("without(\"rates\")");
  }

  @Test
  void whoGoesOnWhereHeWasIsToldNothing() {
    ContainerProperties assigned = new ContainerProperties(new TopicPartitionOffset("rates", 0));
    assertThat(printed(() -> protectedListener(false, assigned))).doesNotContain(SKIPPED);
    assertThat(printed(() -> new WatchedSeeks("rates").watched(containers).seekToEnd("rates", 0)))
        .doesNotContain(SKIPPED);
  }

  private static ConsumerSeekAware protectedListener(
      boolean batch, ContainerProperties properties) {
    properties.setGroupId("rates");
    properties.setMessageListener(batch ? new CachesBatches() : new CachesRecords());
    ConcurrentMessageListenerContainer<String, String> container =
        new ConcurrentMessageListenerContainer<>(
            new DefaultKafkaConsumerFactory<>(Map.of()), properties);
    container.setBeanName("rates");
    try (OnceOnlySpringKafka onceOnly =
        OnceOnlySpringKafka.builder(
                () -> KafkaOptions.builder().claimService(new FakeClaimService()))
            .build()) {
      onceOnly.protect(container);
    }
    return (ConsumerSeekAware) container.getContainerProperties().getMessageListener();
  }

  private static void fill(ConsumerSeekAware.ConsumerSeekCallback callback) {
    callback.seekToEnd("rates", 0);
    callback.seekToBeginning("rates", 0);
  }

  private static final class CachesRecords
      implements MessageListener<String, String>, ConsumerSeekAware {
    @Override
    public void onMessage(ConsumerRecord<String, String> record) {}

    @Override
    public void onPartitionsAssigned(
        Map<TopicPartition, Long> assignments, ConsumerSeekCallback callback) {
      fill(callback);
    }
  }

  private static final class CachesBatches
      implements BatchMessageListener<String, String>, ConsumerSeekAware {
    @Override
    public void onMessage(List<ConsumerRecord<String, String>> records) {}

    @Override
    public void onPartitionsAssigned(
        Map<TopicPartition, Long> assignments, ConsumerSeekCallback callback) {
      fill(callback);
    }
  }

  private static String printed(Runnable work) {
    PrintStream before = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      work.run();
    } finally {
      System.setErr(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }
}
