package tech.onceonly.demo;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import tech.onceonly.testing.Await;
import tech.onceonly.testing.EffectLog;
import tech.onceonly.testing.JavaProcess;
import tech.onceonly.testing.Topics;

/** Sends the payments, kills the consumer in the middle of its work, and counts what happened. */
final class DemoRun {

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int PARTITIONS = 4;

  private final DemoSettings settings;
  private final Path directory;
  private final Consumer<String> progress;

  DemoRun(DemoSettings settings, Path directory, Consumer<String> progress) {
    this.settings = settings;
    this.directory = directory;
    this.progress = progress;
  }

  DemoResult run(Protection protection) {
    long began = System.nanoTime();
    String topic = "onceonly-demo-" + settings.run() + "-" + protection.word();
    Path effects = directory.resolve(protection.word() + ".effects");
    Path deliveries = directory.resolve(protection.word() + ".deliveries");
    try (Topics topics = new Topics(settings.bootstrapServers())) {
      topics.create(topic, PARTITIONS);
      List<ProducerRecord<String, String>> records = payments(topic);
      Set<String> keys = new LinkedHashSet<>();
      records.forEach(one -> keys.add(one.value()));
      topics.produce(records);
      int kills = consume(protection, topic, topics, effects, deliveries, keys.size());
      topics.delete(topic);
      return DemoResult.of(
          protection,
          records.size(),
          keys,
          EffectLog.read(deliveries).all().size(),
          EffectLog.read(effects),
          kills,
          Duration.ofNanos(System.nanoTime() - began).toMillis());
    }
  }

  /** Each payment at once, and every tenth again, somewhere later, under the same header. */
  private List<ProducerRecord<String, String>> payments(String topic) {
    Random random = new Random(settings.payments());
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    for (int i = 0; i < settings.payments(); i++) {
      records.add(payment(topic, "payment-" + i, random.nextInt(PARTITIONS)));
      if (i % settings.duplicateEvery() == settings.duplicateEvery() - 1) {
        int which = random.nextInt(i + 1);
        records.add(payment(topic, "payment-" + which, random.nextInt(PARTITIONS)));
      }
    }
    return records;
  }

  private static ProducerRecord<String, String> payment(String topic, String id, int partition) {
    ProducerRecord<String, String> one = new ProducerRecord<>(topic, partition, id, id);
    one.headers().add("Idempotency-Key", id.getBytes(StandardCharsets.UTF_8));
    return one;
  }

  private int consume(
      Protection protection, String topic, Topics topics, Path effects, Path deliveries, int all) {
    int kills = 0;
    while (true) {
      int killAt = kills < settings.kills() ? all * (kills + 1) / (settings.kills() + 1) : -1;
      try (JavaProcess consumer = consumer(protection, topic, effects, deliveries)) {
        if (killAt < 0) {
          Await.until(
              "everything is consumed under " + protection.word(),
              PATIENCE,
              () -> alive(consumer) && topics.uncommitted(topic, topic) == 0);
          consumer.terminate(Duration.ofSeconds(20));
          return kills;
        }
        Await.until(
            killAt + " effects",
            PATIENCE,
            () -> alive(consumer) && EffectLog.read(effects).all().size() >= killAt);
        consumer.kill();
        kills++;
        progress.accept("  killed the consumer in the middle of its work (" + kills + ")");
      }
    }
  }

  private static boolean alive(JavaProcess consumer) {
    if (!consumer.isAlive()) {
      throw new IllegalStateException(
          "the consumer ended by itself: " + String.join("\n", consumer.errorLines()));
    }
    return true;
  }

  private JavaProcess consumer(Protection protection, String topic, Path effects, Path deliveries) {
    return JavaProcess.of(DemoConsumer.class)
        .arguments(
            settings.bootstrapServers(),
            topic,
            protection.name(),
            settings.baseUrl(),
            effects.toString(),
            deliveries.toString())
        .environment("ONCEONLY_API_KEY", settings.apiKey())
        .start();
  }
}
