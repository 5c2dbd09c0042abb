package tech.onceonly.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import tech.onceonly.testing.BrokerOptions;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;

/** Topics of a Kafka broker that is started here, or of a cluster that was there before. */
final class DemoKafka implements DemoBroker {

  private static final int PARTITIONS = 4;

  private final @Nullable KafkaBroker own;
  private final String bootstrapServers;
  private final Topics topics;

  private DemoKafka(@Nullable KafkaBroker own, String bootstrapServers) {
    this.own = own;
    this.bootstrapServers = bootstrapServers;
    topics = new Topics(bootstrapServers);
  }

  static DemoKafka start() {
    KafkaBroker own = KafkaBroker.startEmbedded(BrokerOptions.DEFAULT);
    return new DemoKafka(own, own.bootstrapServers());
  }

  static DemoKafka at(String bootstrapServers) {
    return new DemoKafka(null, bootstrapServers);
  }

  @Override
  public void send(String destination, List<String> payments) {
    topics.create(destination, PARTITIONS);
    Random random = new Random(payments.size());
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    for (String payment : payments) {
      records.add(Topics.keyed(destination, random.nextInt(PARTITIONS), payment));
    }
    topics.produce(records);
  }

  @Override
  public boolean isConsumed(String destination) {
    return topics.uncommitted(destination, destination) == 0;
  }

  @Override
  public void delete(String destination) {
    topics.delete(destination);
  }

  @Override
  public Class<?> consumer() {
    return DemoKafkaConsumer.class;
  }

  @Override
  public String address() {
    return bootstrapServers;
  }

  @Override
  public void close() {
    topics.close();
    if (own != null) {
      own.close();
    }
  }
}
