package tech.onceonly.it.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tech.onceonly.Mode;
import tech.onceonly.it.Crew;
import tech.onceonly.it.DurableServer;
import tech.onceonly.testing.EffectLog;
import tech.onceonly.testing.Effects;
import tech.onceonly.testing.JavaProcess;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/**
 * Four processes on twelve partitions, killed in turn, with rebalances, listeners that fail at one
 * record in twenty, one record in ten sent twice, and a server that is killed and started again.
 *
 * <p>In short form always; {@code -Dsoak.records=100000 -Dsoak.work.ms=18 -Dsoak.kill.every.s=15}
 * makes it last more than ten minutes in each mode.
 */
@ExtendWith(WithBroker.class)
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class SoakIT {

  private static final int PROCESSES = 4;
  private static final int PARTITIONS = 12;
  private static final int RECORDS = Integer.getInteger("soak.records", 1_500);
  private static final int WORK_MS = Integer.getInteger("soak.work.ms", 8);
  private static final Duration BETWEEN_KILLS =
      Duration.ofSeconds(Integer.getInteger("soak.kill.every.s", 4));
  private static final Duration OUTAGE = Duration.ofSeconds(1);

  /** Between two kills, however slow the machine is: else it would do nothing but start. */
  private static final int EFFECTS_BETWEEN_KILLS = 50;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"LEASE, cooperative", "CHECK_LOCK, eager"})
  void nothingIsLostAndNothingDoubledBeyondThePromise(
      Mode mode, String assignor, KafkaBroker broker, Topics topics) {
    String topic = "soak-" + mode.name().toLowerCase(java.util.Locale.ROOT);
    topics.create(topic, PARTITIONS);
    Set<String> sent = send(topic, topics);
    int kills = 0;
    int restarts = 0;
    long began = System.nanoTime();
    BooleanSupplier done = () -> topics.uncommitted(topic, topic) == 0;
    try (DurableServer server = new DurableServer(directory.resolve("claims"));
        Crew crew = new Crew(PROCESSES, () -> process(mode, assignor, topic, broker, server))) {
      Random random = new Random(1);
      while (!crew.isDoneAfter(
          BETWEEN_KILLS, EFFECTS_BETWEEN_KILLS, () -> effects().all().size(), done)) {
        crew.killOne(random);
        kills++;
        if (kills % 2 == 0) {
          server.kill();
          crew.isDoneWithin(OUTAGE, done);
          server.restart();
          restarts++;
        }
      }
    }
    Effects effects = effects();
    System.out.printf(
        "soak, %s mode: %d records of %d payments in %d s, %d kills, %d of the server: %d lost, %d"
            + " doubled%n",
        mode,
        RECORDS,
        sent.size(),
        Duration.ofNanos(System.nanoTime() - began).toSeconds(),
        kills,
        restarts,
        effects.lost(sent).size(),
        effects.doubled().size());
    assertThat(kills).as("kills").isPositive();
    if (mode == Mode.LEASE) {
      assertThat(effects.lost(sent)).as("lost").isEmpty();
      assertThat(effects.doubled()).as("doubled").hasSizeLessThanOrEqualTo(kills);
    } else {
      assertThat(effects.lost(sent)).as("lost").hasSizeLessThanOrEqualTo(kills);
      assertThat(effects.doubled()).as("doubled").isEmpty();
    }
  }

  /** One record in ten names a payment that was sent before. */
  private static Set<String> send(String topic, Topics topics) {
    Random random = new Random(7);
    Set<String> sent = new LinkedHashSet<>();
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      boolean again = i % 10 == 9;
      String id = "p" + (again ? random.nextInt(sent.size()) : sent.size());
      sent.add(id);
      records.add(Topics.keyed(topic, random.nextInt(PARTITIONS), id));
    }
    topics.produce(records);
    return sent;
  }

  private JavaProcess process(
      Mode mode, String assignor, String topic, KafkaBroker broker, DurableServer server) {
    return JavaProcess.of(SpringWorkerMain.class)
        .jvmOptions(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"))
        .arguments(
            "mode=" + mode,
            "assignor=" + assignor,
            "topic=" + topic,
            "brokers=" + broker.bootstrapServers(),
            "base.url=" + server.baseUrl(),
            "work.ms=" + WORK_MS,
            "effects=" + directory.resolve("effects"))
        .start();
  }

  private Effects effects() {
    return EffectLog.read(directory.resolve("effects"));
  }
}
