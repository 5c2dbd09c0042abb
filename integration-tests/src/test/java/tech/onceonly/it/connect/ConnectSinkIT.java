package tech.onceonly.it.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.EffectLog;
import tech.onceonly.testing.Effects;
import tech.onceonly.testing.JavaProcess;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/** Kafka Connect, as docs/kafka-connect.md says: a sink, and settings of its connector alone. */
@ExtendWith(WithBroker.class)
class ConnectSinkIT {

  private static final String API_KEY = "connect-it-secret";
  private static final int MAX_POLL_RECORDS = 50;

  @TempDir Path home;
  private final Set<String> sent = new LinkedHashSet<>();

  @Test
  void aBusinessDuplicateHasOneEffectAndARetriedBatchIsNone(KafkaBroker broker, Topics topics)
      throws IOException {
    String topic = "connect-duplicates";
    topics.create(topic, 2);
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      records.add(Topics.keyed(topic, i % 2, "p" + i));
      if (i % 5 == 0) {
        records.add(Topics.keyed(topic, (i + 1) % 2, "p" + i / 2));
      }
      sent.add("p" + i);
    }
    topics.produce(records);
    topics.produce(last(topic));
    try (OnceOnlyServer server = server();
        JavaProcess worker =
            new ConnectWorker(home, true)
                .start(broker.bootstrapServers(), connector(topic, server))) {
      awaitRefused(worker);
      Files.createFile(ready());
      awaitDone(worker, topic, topics);
      assertThat(effects().lost(sent)).isEmpty();
      assertThat(effects().doubled()).isEmpty();
      assertThat(Files.readString(worker.outputFile())).doesNotContain(API_KEY);
      assertThat(Files.readString(worker.errorFile())).doesNotContain(API_KEY);
    }
  }

  @Test
  void aWorkerThatIsStoppedWhileItsTaskRetriesLeavesTheBatchToTheNext(
      KafkaBroker broker, Topics topics) throws IOException {
    String topic = "connect-stopped";
    topics.create(topic, 2);
    topics.produce(last(topic));
    try (OnceOnlyServer server = server()) {
      Map<String, String> connector = connector(topic, server);
      ConnectWorker connect = new ConnectWorker(home, true);
      try (JavaProcess stopped = connect.start(broker.bootstrapServers(), connector)) {
        awaitRefused(stopped);
        stopped.terminate(PATIENCE);
      }
      Files.createFile(ready());
      try (JavaProcess next = connect.start(broker.bootstrapServers(), connector)) {
        awaitDone(next, topic, topics);
      }
    }
    assertThat(effects().lost(sent)).isEmpty();
    assertThat(effects().doubled()).isEmpty();
  }

  @Test
  void aKilledWorkerLosesAtMostThePollInHand(KafkaBroker broker, Topics topics) throws IOException {
    String topic = "connect-kill";
    topics.create(topic, 2);
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      records.add(new ProducerRecord<>(topic, i % 2, "p" + i, "p" + i));
      sent.add("p" + i);
    }
    topics.produce(records);
    Files.createFile(ready());
    try (OnceOnlyServer server = server()) {
      Map<String, String> connector = connector(topic, server);
      connector.put(EffectSinkConnector.WORK_MS, "3");
      ConnectWorker connect = new ConnectWorker(home, false);
      try (JavaProcess victim = connect.start(broker.bootstrapServers(), connector)) {
        await().atMost(PATIENCE).until(() -> isAlive(victim) && effects().all().size() >= 130);
        victim.kill();
      }
      assertThat(effects().all()).as("killed in the middle").hasSizeLessThan(400);
      topics.produce(last(topic));
      try (JavaProcess successor = connect.start(broker.bootstrapServers(), connector)) {
        awaitDone(successor, topic, topics);
      }
    }
    assertThat(effects().lost(sent)).hasSizeLessThanOrEqualTo(MAX_POLL_RECORDS);
    assertThat(effects().doubled()).isEmpty();
  }

  private static OnceOnlyServer server() {
    return OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(API_KEY).build());
  }

  private Map<String, String> connector(String name, OnceOnlyServer server) {
    Map<String, String> settings = new HashMap<>();
    settings.put("name", name);
    settings.put("connector.class", EffectSinkConnector.class.getName());
    settings.put("tasks.max", "1");
    settings.put("topics", name);
    settings.put(EffectSinkConnector.EFFECTS, home.resolve("effects").toString());
    settings.put(EffectSinkConnector.REFUSES_WITHOUT, ready().toString());
    String consumer = "consumer.override.";
    settings.put(
        consumer + "interceptor.classes", "tech.onceonly.kafka.OnceOnlyMonitoredInterceptor");
    settings.put(consumer + "onceonly.api.key", API_KEY);
    settings.put(consumer + "onceonly.base.url", server.baseUrl().toString());
    settings.put(consumer + "onceonly.ttl.seconds", "3600");
    // Long: a JVM that has just started must not take its own cold for an outage.
    settings.put(consumer + "onceonly.poll.budget.ms", "5000");
    settings.put(consumer + "max.poll.records", String.valueOf(MAX_POLL_RECORDS));
    // A successor of a killed worker does not wait for its session to end.
    settings.put(consumer + "group.instance.id", name);
    return settings;
  }

  /** Connect commits what it has handed to the task: a skipped last record it never would. */
  private List<ProducerRecord<String, String>> last(String topic) {
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    for (int partition = 0; partition < 2; partition++) {
      records.add(Topics.keyed(topic, partition, "last-" + partition));
      sent.add("last-" + partition);
    }
    return records;
  }

  private static void awaitRefused(JavaProcess worker) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                isAlive(worker)
                    && worker.errorLines().stream()
                        .anyMatch(line -> line.contains("RetriableException")));
  }

  private void awaitDone(JavaProcess worker, String topic, Topics topics) {
    await()
        .atMost(PATIENCE)
        .until(() -> isAlive(worker) && topics.uncommitted("connect-" + topic, topic) == 0);
  }

  private Path ready() {
    return home.resolve("ready");
  }

  private Effects effects() {
    return EffectLog.read(home.resolve("effects"));
  }

  private static boolean isAlive(JavaProcess process) {
    assertThat(process.isAlive()).as(() -> String.join("\n", process.errorLines())).isTrue();
    return true;
  }
}
