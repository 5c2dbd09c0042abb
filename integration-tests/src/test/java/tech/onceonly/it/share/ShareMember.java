package tech.onceonly.it.share;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;
import tech.onceonly.GuardEvents;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.OnceOnlyKafka;
import tech.onceonly.kafka.OnceOnlyShareGroup;
import tech.onceonly.kafka.RefusedException;

/**
 * A share group's member as people write it: poll, work, acknowledge, commit; what fails is
 * released. Each has a guard of its own, as if it were a process of its own.
 */
final class ShareMember implements Runnable, AutoCloseable {

  /** A listener's failure that another attempt may mend. */
  static final class ListenerFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  static final String API_KEY = "share-it-key";

  final AtomicInteger refusals = new AtomicInteger();
  final AtomicInteger mostDeliveries = new AtomicInteger();

  private final Map<String, Integer> effects;
  private final Consumer<ConsumerRecord<String, String>> work;
  private final String topic;
  private final OnceOnlyShareGroup group;
  private final ShareConsumer<String, String> consumer;
  private final Thread thread;
  private volatile boolean running = true;
  private volatile Throwable fault;

  ShareMember(
      String brokers,
      String topic,
      KafkaOptions options,
      Map<String, Integer> effects,
      Consumer<ConsumerRecord<String, String>> work) {
    this.topic = topic;
    this.effects = effects;
    this.work = work;
    group = OnceOnlyKafka.shareGroup(options);
    consumer = group.wrap(new KafkaShareConsumer<>(properties(brokers, options.namespace())));
    thread = new Thread(this, "share-member-" + options.namespace());
  }

  static Map<String, Object> properties(String brokers, String group) {
    return Map.of(
        "bootstrap.servers",
        brokers,
        "group.id",
        group,
        "key.deserializer",
        StringDeserializer.class,
        "value.deserializer",
        StringDeserializer.class,
        "share.acknowledgement.mode",
        "explicit",
        "max.poll.records",
        50,
        "metadata.max.age.ms",
        1_000);
  }

  static KafkaOptions options(
      String group, Mode mode, String baseUrl, boolean failOpen, GuardEvents events) {
    return KafkaOptions.builder()
        .shareGroup(group)
        .mode(mode)
        .ttl(Duration.ofHours(1))
        .leaseTtl(Duration.ofSeconds(3))
        .pollBudget(Duration.ofSeconds(5))
        .maxHold(Duration.ofSeconds(1))
        .failOpen(failOpen)
        .events(events)
        .client(ClientOptions.builder().apiKey(API_KEY).baseUrl(baseUrl).build())
        .build();
  }

  ShareMember start() {
    thread.start();
    return this;
  }

  /** Whether it works; fails with what ended it. */
  boolean isWell() {
    if (fault != null) {
      throw new AssertionError("the member has ended", fault);
    }
    return true;
  }

  @Override
  public void run() {
    try (consumer) {
      consumer.subscribe(List.of(topic));
      while (running) {
        try {
          consumer.poll(Duration.ofMillis(500)).forEach(this::handle);
        } catch (RefusedException e) {
          refusals.incrementAndGet();
        }
        consumer.commitSync();
      }
    } catch (WakeupException e) {
      if (running) {
        fault = e;
      }
    } catch (Throwable e) {
      fault = e;
    }
  }

  private void handle(ConsumerRecord<String, String> record) {
    int deliveries = record.deliveryCount().orElse((short) 0);
    mostDeliveries.accumulateAndGet(deliveries, Math::max);
    try {
      work.accept(record);
      effects.merge(record.value(), 1, Integer::sum);
      consumer.acknowledge(record, AcknowledgeType.ACCEPT);
    } catch (ListenerFailure e) {
      consumer.acknowledge(record, AcknowledgeType.RELEASE);
    }
  }

  @Override
  public void close() {
    running = false;
    consumer.wakeup();
    try {
      thread.join(Duration.ofSeconds(30).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    group.close();
    if (thread.isAlive()) {
      throw new AssertionError("the member does not end");
    }
    isWell();
  }
}
