package tech.onceonly.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import tech.onceonly.testing.Await;
import tech.onceonly.testing.EffectLog;
import tech.onceonly.testing.JavaProcess;

/** Sends the payments, kills the consumer in the middle of its work, and counts what happened. */
final class DemoRun {

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final DemoSettings settings;
  private final DemoBroker broker;
  private final Path directory;
  private final Consumer<String> progress;

  DemoRun(DemoSettings settings, DemoBroker broker, Path directory, Consumer<String> progress) {
    this.settings = settings;
    this.broker = broker;
    this.directory = directory;
    this.progress = progress;
  }

  DemoResult run(Protection protection) {
    long began = System.nanoTime();
    String destination = "onceonly-demo-" + settings.run() + "-" + protection.word();
    Path effects = directory.resolve(protection.word() + ".effects");
    Path deliveries = directory.resolve(protection.word() + ".deliveries");
    List<String> messages = messages();
    broker.send(destination, messages);
    int kills = consume(protection, destination, effects, deliveries, messages.size());
    broker.delete(destination);
    return DemoResult.of(
        protection,
        messages.size(),
        Set.copyOf(messages),
        EffectLog.read(deliveries).all().size(),
        EffectLog.read(effects),
        kills,
        Duration.ofNanos(System.nanoTime() - began).toMillis());
  }

  /** Each payment at once, and every tenth again, somewhere later, under the same key. */
  private List<String> messages() {
    Random random = new Random(settings.payments());
    List<String> messages = new ArrayList<>();
    for (int i = 0; i < settings.payments(); i++) {
      messages.add("payment-" + i);
      if (i % settings.duplicateEvery() == settings.duplicateEvery() - 1) {
        messages.add("payment-" + random.nextInt(i + 1));
      }
    }
    return messages;
  }

  private int consume(
      Protection protection, String destination, Path effects, Path deliveries, int messages) {
    int kills = 0;
    while (true) {
      int killAt =
          kills < settings.kills()
              ? settings.payments() * (kills + 1) / (settings.kills() + 1)
              : -1;
      try (JavaProcess consumer = consumer(protection, destination, effects, deliveries)) {
        if (killAt < 0) {
          Await.until(
              "everything is consumed under " + protection.word(),
              PATIENCE,
              () ->
                  alive(consumer)
                      && EffectLog.read(deliveries).all().size() >= messages
                      && broker.isConsumed(destination));
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

  private JavaProcess consumer(
      Protection protection, String destination, Path effects, Path deliveries) {
    return JavaProcess.of(broker.consumer())
        .arguments(
            broker.address(),
            destination,
            protection.name(),
            settings.baseUrl(),
            effects.toString(),
            deliveries.toString())
        .environment("ONCEONLY_API_KEY", settings.apiKey())
        .start();
  }
}
