package tech.onceonly.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The tests of this run stand on the Kafka clients that they are said to stand on. */
@Tag("kafka-clients")
class ClientsVersionIT {

  @Test
  void theVersionIsTheOneMeant() {
    // By the jar: what Kafka says of its version is a resource that its other jars hold too.
    String meant = System.getProperty("kafka-clients.version");
    String jar = KafkaConsumer.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    assertThat(jar).endsWith("kafka-clients-" + meant + ".jar");
  }
}
