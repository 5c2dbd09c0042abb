package tech.onceonly.it.share;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;

/** A topic and the share group of the same name: what is sent, and what is left of it. */
final class ShareTopic implements AutoCloseable {

  final String name;
  final Set<String> sent = ConcurrentHashMap.newKeySet();
  private final int partitions;
  private final Topics topics;
  private final ShareGroups groups;

  ShareTopic(String name, int partitions, int mostDeliveries, KafkaBroker broker, Topics topics) {
    this.name = name;
    this.partitions = partitions;
    this.topics = topics;
    groups = new ShareGroups(broker.bootstrapServers());
    groups.configure(name, mostDeliveries);
    topics.create(name, partitions);
  }

  /** So many payments; every so many of them a second time, somewhere later. 0: none twice. */
  void send(int payments, int duplicateEvery) {
    Random random = new Random(payments);
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    int first = sent.size();
    for (int i = 0; i < payments; i++) {
      records.add(Topics.keyed(name, random.nextInt(partitions), "p" + (first + i)));
      if (duplicateEvery > 0 && i % duplicateEvery == duplicateEvery - 1) {
        String again = "p" + (first + random.nextInt(i + 1));
        records.add(Topics.keyed(name, random.nextInt(partitions), again));
      }
    }
    records.forEach(record -> sent.add(record.value()));
    topics.produce(records);
  }

  /** Without a header: these are known by their offset alone. */
  void sendBare(int payments) {
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    int first = sent.size();
    for (int i = 0; i < payments; i++) {
      String id = "p" + (first + i);
      records.add(new ProducerRecord<>(name, i % partitions, id, id));
    }
    records.forEach(record -> sent.add(record.value()));
    topics.produce(records);
  }

  long left() {
    return groups.left(name, topics.endOffsets(name));
  }

  List<String> states() {
    return groups.states(name);
  }

  @Override
  public void close() {
    groups.close();
  }
}
