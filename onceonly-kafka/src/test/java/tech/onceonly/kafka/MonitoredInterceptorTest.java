package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.kafka.InterceptorFixture.P0;
import static tech.onceonly.kafka.InterceptorFixture.polled;
import static tech.onceonly.kafka.InterceptorFixture.record;

import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.management.ObjectName;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.internals.ConsumerInterceptors;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.onceonly.GuardCounters;

/** The interceptor's counts among Kafka's own metrics. */
class MonitoredInterceptorTest {

  private static final String CLASS = OnceOnlyMonitoredInterceptor.class.getSimpleName();

  @Test
  void itCountsWhatTheChainOfKafkaHandsIt() {
    Metrics metrics = new Metrics();
    OnceOnlyMonitoredInterceptor<String, String> interceptor =
        new OnceOnlyMonitoredInterceptor<>(new InterceptorFixture().wiring());
    interceptor.configure(new InterceptorFixture().configs);
    ConsumerInterceptors<String, String> chain =
        new ConsumerInterceptors<>(List.of(interceptor), metrics);

    chain.onConsume(polled(record(P0, 0, "a"), record(P0, 1, "a"), record(P0, 2, "b")));

    Map<String, Object> counts = ours(metrics.metrics());
    assertThat(counts)
        .containsEntry("decision-process-total", 2L)
        .containsEntry("decision-skip-handed-over-here-total", 1L)
        .containsEntry("decision-unprotected-outage-total", 0L)
        .containsEntry("faults-total", 0L)
        .hasSize(GuardCounters.names().size() + 1);

    chain.close();
    assertThat(ours(metrics.metrics())).isEmpty();
    metrics.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void theyStandInTheConsumersMetricsAndInJmx(String protocol) throws Exception {
    Map<String, Object> settings = settings(protocol);
    settings.put("group.id", "billing");
    ObjectName bean =
        new ObjectName(
            "kafka.consumer:type=plugins,client-id=monitored,config=interceptor.classes,class="
                + CLASS);
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings)) {
      assertThat(ours(consumer.metrics())).containsEntry("decision-process-total", 0L);
      assertThat(
              ManagementFactory.getPlatformMBeanServer()
                  .getAttribute(bean, "decision-skip-duplicate-total"))
          .isEqualTo(0L);
    }
    assertThat(ManagementFactory.getPlatformMBeanServer().isRegistered(bean)).isFalse();
  }

  @Test
  void whereEverythingPassesThereIsNothingToCount() {
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings("classic"))) {
      assertThat(ours(consumer.metrics())).isEmpty();
    }
  }

  private static Map<String, Object> settings(String protocol) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", "127.0.0.1:1");
    settings.put("client.id", "monitored");
    settings.put("group.protocol", protocol);
    settings.put("key.deserializer", StringDeserializer.class);
    settings.put("value.deserializer", StringDeserializer.class);
    settings.put("interceptor.classes", OnceOnlyMonitoredInterceptor.class.getName());
    settings.put("onceonly.api.key", "once_live_secret");
    settings.put("onceonly.check.on.start", false);
    return settings;
  }

  private static Map<String, Object> ours(Map<MetricName, ? extends Metric> metrics) {
    return metrics.entrySet().stream()
        .filter(metric -> CLASS.equals(metric.getKey().tags().get("class")))
        .collect(
            Collectors.toMap(
                metric -> metric.getKey().name(), metric -> metric.getValue().metricValue()));
  }
}
