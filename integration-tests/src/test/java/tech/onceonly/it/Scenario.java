package tech.onceonly.it;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.ProducerRecord;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;

/** A topic of a test's own, and what is sent to it. */
final class Scenario {

  private static final AtomicInteger COUNT = new AtomicInteger();

  final String topic;
  final KafkaBroker broker;
  final Topics topics;
  final Set<String> sent = new LinkedHashSet<>();
  private final int partitions;

  Scenario(String name, KafkaBroker broker, Topics topics, int partitions) {
    topic = "it-" + name + "-" + COUNT.incrementAndGet();
    this.broker = broker;
    this.topics = topics;
    this.partitions = partitions;
    topics.create(topic, partitions);
  }

  /** So many payments; every so many of them a second time, somewhere later. 0: none twice. */
  void send(int payments, int duplicateEvery) {
    Random random = new Random(payments);
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    int first = sent.size();
    for (int i = 0; i < payments; i++) {
      String id = "p" + (first + i);
      sent.add(id);
      records.add(record(id, random.nextInt(partitions), true));
      if (duplicateEvery > 0 && i % duplicateEvery == duplicateEvery - 1) {
        String again = "p" + (first + random.nextInt(i + 1));
        records.add(record(again, random.nextInt(partitions), true));
      }
    }
    topics.produce(records);
  }

  /** Without a header: these are known by their offset alone. */
  void sendBare(int payments) {
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    for (int i = 0; i < payments; i++) {
      String id = "p" + sent.size();
      sent.add(id);
      records.add(record(id, i % partitions, false));
    }
    topics.produce(records);
  }

  LoopSettings settings(Hook hook, String baseUrl) {
    return settings(hook, topic, "", baseUrl);
  }

  LoopSettings settings(Hook hook, String group, String instance, String baseUrl) {
    return new LoopSettings(hook, broker.bootstrapServers(), topic, group, instance, baseUrl);
  }

  boolean isDone(String group) {
    return topics.uncommitted(group, topic) == 0;
  }

  private ProducerRecord<String, String> record(String id, int partition, boolean header) {
    ProducerRecord<String, String> one = new ProducerRecord<>(topic, partition, id, id);
    if (header) {
      one.headers().add("Idempotency-Key", id.getBytes(StandardCharsets.UTF_8));
    }
    return one;
  }
}
