package tech.onceonly.it;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.StringDeserializer;
import tech.onceonly.GuardEvents;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.OnceOnlyConsumerInterceptor;

/**
 * What a consumer loop runs with.
 *
 * @param instance static membership, so that a successor takes over at once; empty for none
 */
record LoopSettings(
    Hook hook, String brokers, String topic, String group, String instance, String baseUrl) {

  static final String API_KEY = "it-key";
  static final Duration LEASE_TTL = Duration.ofSeconds(2);

  /**
   * Long: a JVM that has just started on a busy machine must not take its own cold for an outage.
   */
  static final Duration POLL_BUDGET = Duration.ofSeconds(5);

  Map<String, Object> consumer() {
    Map<String, Object> properties = new HashMap<>();
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 50);
    properties.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, 1_000);
    properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    if (!instance.isEmpty()) {
      properties.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, instance);
    }
    if (hook == Hook.INTERCEPTOR) {
      properties.put(
          ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG, OnceOnlyConsumerInterceptor.class.getName());
      properties.put("onceonly.api.key", API_KEY);
      properties.put("onceonly.base.url", baseUrl);
      properties.put("onceonly.ttl.seconds", 3600);
      properties.put("onceonly.poll.budget.ms", (int) POLL_BUDGET.toMillis());
    }
    return properties;
  }

  KafkaOptions options(GuardEvents events) {
    return KafkaOptions.builder()
        .groupId(group)
        .autoCommit(false)
        .mode(hook.mode())
        .ttl(Duration.ofHours(1))
        .leaseTtl(LEASE_TTL)
        .pollBudget(POLL_BUDGET)
        .events(events)
        .client(ClientOptions.builder().apiKey(API_KEY).baseUrl(baseUrl).build())
        .build();
  }
}
