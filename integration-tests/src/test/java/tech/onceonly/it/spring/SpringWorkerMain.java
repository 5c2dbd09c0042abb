package tech.onceonly.it.spring;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.ContainerProperties.AckMode;
import org.springframework.kafka.listener.DefaultErrorHandler;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.util.backoff.FixedBackOff;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;
import tech.onceonly.testing.EffectLog;

/** A listener container in a process of its own, to be killed. One record in twenty fails once. */
final class SpringWorkerMain {

  private SpringWorkerMain() {}

  /** Takes {@code name=value} arguments. */
  public static void main(String[] arguments) throws InterruptedException {
    Map<String, String> given =
        Stream.of(arguments)
            .map(argument -> argument.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    EffectLog effects = EffectLog.open(Path.of(given.get("effects")));
    long work = Duration.ofMillis(Long.parseLong(given.get("work.ms"))).toNanos();
    Random random = new Random();
    MessageListener<String, String> listener =
        record -> {
          LockSupport.parkNanos(work);
          if (random.nextInt(20) == 0) {
            throw new IllegalStateException("one in twenty fails");
          }
          effects.record(record.value(), place(record));
        };
    KafkaMessageListenerContainer<String, String> container = container(given, listener);
    OnceOnlySpringKafka onceOnly =
        OnceOnlySpringKafka.builder(
                () ->
                    KafkaOptions.builder()
                        .mode(Mode.valueOf(given.get("mode")))
                        .ttl(Duration.ofHours(1))
                        .leaseTtl(Duration.ofSeconds(3))
                        .pollBudget(Duration.ofSeconds(5))
                        .maxHold(Duration.ofMillis(500))
                        .failOpen(false)
                        .client(
                            ClientOptions.builder()
                                .apiKey("it-key")
                                .baseUrl(given.get("base.url"))
                                .build()))
            .build();
    onceOnly.protect(container);
    container.start();
    new CountDownLatch(1).await();
  }

  private static String place(ConsumerRecord<?, ?> record) {
    return record.partition() + "@" + record.offset() + " in " + ProcessHandle.current().pid();
  }

  private static KafkaMessageListenerContainer<String, String> container(
      Map<String, String> given, MessageListener<String, String> listener) {
    Map<String, Object> consumer = new HashMap<>();
    consumer.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, given.get("brokers"));
    consumer.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    consumer.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 6_000);
    consumer.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 500);
    consumer.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 50);
    consumer.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    consumer.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
    if (given.get("assignor").equals("cooperative")) {
      consumer.put(
          ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
          CooperativeStickyAssignor.class.getName());
    }
    ContainerProperties properties = new ContainerProperties(given.get("topic"));
    properties.setGroupId(given.get("topic"));
    properties.setAckMode(AckMode.BATCH);
    properties.setPollTimeout(200);
    properties.setMessageListener(listener);
    KafkaMessageListenerContainer<String, String> container =
        new KafkaMessageListenerContainer<>(
            new DefaultKafkaConsumerFactory<>(consumer), properties);
    container.setBeanName("soak");
    // So many failures in a row do not happen: a record that is recovered would count as lost.
    container.setCommonErrorHandler(new DefaultErrorHandler(new FixedBackOff(0, 50)));
    return container;
  }
}
