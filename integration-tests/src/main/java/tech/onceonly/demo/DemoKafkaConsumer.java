package tech.onceonly.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.OnceOnlyKafka;
import tech.onceonly.testing.EffectLog;

/** The process that is killed: charges what it polls. */
final class DemoKafkaConsumer {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final long CHARGE_NANOS = Duration.ofMillis(1).toNanos();

  private DemoKafkaConsumer() {}

  /** Brokers, topic, protection, base URL, effects file, deliveries file. */
  public static void main(String[] arguments) {
    String topic = arguments[1];
    Protection protection = Protection.valueOf(arguments[2]);
    try (EffectLog effects = EffectLog.open(Path.of(arguments[4]));
        EffectLog deliveries = EffectLog.open(Path.of(arguments[5]));
        Consumer<String, String> consumer = new KafkaConsumer<>(properties(arguments[0], topic))) {
      AtomicBoolean running = new AtomicBoolean(true);
      stopAtShutdown(consumer, running);
      consumer.subscribe(List.of(topic));
      if (protection == Protection.NONE) {
        consumeUnprotected(consumer, running, effects, deliveries);
      } else {
        consumeProtected(
            consumer, running, options(protection, topic, arguments[3]), effects, deliveries);
      }
    } catch (WakeupException e) {
      // Asked to stop: the consumer is closed by now.
    }
  }

  private static void consumeUnprotected(
      Consumer<String, String> consumer,
      AtomicBoolean running,
      EffectLog effects,
      EffectLog deliveries) {
    while (running.get()) {
      for (ConsumerRecord<String, String> payment : consumer.poll(POLL)) {
        deliveries.record(payment.value(), place(payment));
        charge(payment, effects);
      }
      consumer.commitSync();
    }
  }

  private static void consumeProtected(
      Consumer<String, String> consumer,
      AtomicBoolean running,
      KafkaOptions options,
      EffectLog effects,
      EffectLog deliveries) {
    try (OnceOnlyKafka<String, String> onceOnly = OnceOnlyKafka.on(consumer, options)) {
      while (running.get()) {
        ConsumerRecords<String, String> payments = consumer.poll(POLL);
        payments.forEach(payment -> deliveries.record(payment.value(), place(payment)));
        onceOnly.forEach(payments, (payment, context) -> charge(payment, effects));
        consumer.commitSync();
      }
    }
  }

  private static void charge(ConsumerRecord<String, String> payment, EffectLog effects) {
    LockSupport.parkNanos(CHARGE_NANOS);
    effects.record(payment.value(), place(payment));
  }

  private static String place(ConsumerRecord<String, String> payment) {
    return payment.partition() + "@" + payment.offset();
  }

  private static KafkaOptions options(Protection protection, String topic, String baseUrl) {
    return KafkaOptions.builder()
        .groupId(topic)
        .autoCommit(false)
        .mode(protection == Protection.LEASE ? Mode.LEASE : Mode.CHECK_LOCK)
        .ttl(Duration.ofHours(1))
        .leaseTtl(Duration.ofSeconds(2))
        .client(ClientOptions.builder().baseUrl(baseUrl).build())
        .build();
  }

  private static Map<String, Object> properties(String brokers, String topic) {
    return Map.of(
        "bootstrap.servers",
        brokers,
        "group.id",
        topic,
        // The process that takes over is the same member: the group need not miss the dead one.
        "group.instance.id",
        "demo",
        "auto.offset.reset",
        "earliest",
        "enable.auto.commit",
        "false",
        "key.deserializer",
        StringDeserializer.class,
        "value.deserializer",
        StringDeserializer.class);
  }

  private static void stopAtShutdown(Consumer<String, String> consumer, AtomicBoolean running) {
    Thread main = Thread.currentThread();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  running.set(false);
                  consumer.wakeup();
                  try {
                    main.join(Duration.ofSeconds(15).toMillis());
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                },
                "demo-stop"));
  }
}
