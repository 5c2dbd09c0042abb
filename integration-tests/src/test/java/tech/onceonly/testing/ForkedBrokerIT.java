package tech.onceonly.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ForkedBrokerIT {

  /** Starts a broker of its own and waits to be killed. */
  static final class Starter {
    public static void main(String[] arguments) throws InterruptedException {
      KafkaBroker broker = KafkaBroker.startEmbedded(BrokerOptions.DEFAULT);
      System.out.println(broker.describe());
      Thread.currentThread().join();
    }
  }

  @TempDir Path directory;

  @Test
  void diesWithTheProcessThatStartedIt() {
    try (JavaProcess starter =
        JavaProcess.of(Starter.class)
            .systemProperty("java.io.tmpdir", directory.toString())
            .start()) {
      String described = starter.awaitLine(line -> line.contains("pid "), Duration.ofSeconds(60));
      long pid = Long.parseLong(described.replaceAll(".*pid (\\d+).*", "$1"));
      assertThat(ProcessHandle.of(pid)).isPresent();

      starter.kill();

      Await.until(
          "the orphaned broker has ended",
          Duration.ofSeconds(20),
          () -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
    }
  }

  @Test
  void takesOtherPortsWhereOneIsLost() throws IOException {
    List<Integer> lost = LoopbackPorts.free(2);
    List<Integer> others = LoopbackPorts.free(2);
    Iterator<List<Integer>> choices = List.of(lost, others).iterator();

    try (ServerSocket thief = LoopbackPorts.listen(lost.get(0));
        KafkaBroker broker = ForkedBroker.start(BrokerOptions.DEFAULT, choices::next)) {
      assertThat(thief.isBound()).isTrue();
      assertThat(broker.bootstrapServers()).isEqualTo("127.0.0.1:" + others.get(0));
    }
  }

  @Test
  void takesOverItsSettings() {
    BrokerOptions options =
        BrokerOptions.builder()
            .heapMegabytes(384)
            .fullSpeed()
            .property("message.max.bytes", "1000")
            .build();
    try (KafkaBroker broker = KafkaBroker.startEmbedded(options);
        Topics topics = new Topics(broker.bootstrapServers())) {
      topics.create("small", 1);
      assertThat(
              catchThrowable(
                  () -> topics.produce(List.of(new ProducerRecord<>("small", "x".repeat(5_000))))))
          .hasCauseInstanceOf(RecordTooLargeException.class);
    }
  }
}
