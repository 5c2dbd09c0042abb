package tech.onceonly.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tech.onceonly.kafka.OnceOnlyMonitoredInterceptor;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/** A consumer's own metrics tell what its interceptor skipped. */
@ExtendWith(WithBroker.class)
class InterceptorMetricsIT {

  @Test
  void theConsumersMetricsCount(KafkaBroker broker, Topics topics) {
    Scenario scenario = new Scenario("metrics", broker, topics, 1);
    scenario.send(40, 4);
    try (OnceOnlyServer server =
        OnceOnlyServer.start(
            ServerOptions.builder().port(0).apiKey(LoopSettings.API_KEY).build())) {
      Map<String, Object> properties =
          scenario.settings(Hook.INTERCEPTOR, server.baseUrl().toString()).consumer();
      properties.put(
          ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG, OnceOnlyMonitoredInterceptor.class.getName());
      try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties)) {
        consumer.subscribe(List.of(scenario.topic));
        AtomicInteger effects = new AtomicInteger();
        await()
            .atMost(PATIENCE)
            .until(
                () -> {
                  effects.addAndGet(consumer.poll(Duration.ofMillis(200)).count());
                  consumer.commitSync();
                  return scenario.isDone(scenario.topic);
                });

        assertThat(effects).hasValue(40);
        assertThat(counted(consumer, "decision-process-total")).isEqualTo(40);
        assertThat(
                counted(consumer, "decision-skip-handed-over-here-total")
                    + counted(consumer, "decision-skip-finished-here-total")
                    + counted(consumer, "decision-skip-duplicate-total"))
            .isEqualTo(10);
        assertThat(counted(consumer, "settled-succeeded-total")).isEqualTo(40);
      }
    }
  }

  private static long counted(KafkaConsumer<?, ?> consumer, String name) {
    return consumer.metrics().entrySet().stream()
        .filter(
            metric ->
                metric.getKey().group().equals("plugins") && metric.getKey().name().equals(name))
        .mapToLong(metric -> (Long) metric.getValue().metricValue())
        .sum();
  }
}
