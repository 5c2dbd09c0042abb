package tech.onceonly.benchmarks;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.ProducerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import redis.embedded.RedisServer;
import tech.onceonly.testing.BrokerOptions;
import tech.onceonly.testing.JavaProcess;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;

/** Drains one topic in several ways, each several times in turn, and prints medians and ratios. */
@Command(
    name = "kafka",
    mixinStandardHelpOptions = true,
    description = {
      "Drains one topic raw, with a set in the JVM, with a Redis SET NX for each record, with the",
      "interceptor, and with the handler in each mode. Broker, Redis and server are processes here."
    })
final class KafkaBench implements Callable<Integer> {

  private static final String TOPIC = "bench";
  private static final String API_KEY = "bench-key";
  private static final int VALUE_BYTES = 200;

  @Option(names = "--quick", description = "Fewer records and rounds; less certain.")
  private boolean quick;

  @Option(
      names = "--records",
      description =
          "Records in the topic; the slower ways drain a part. Default"
              + " ${DEFAULT-VALUE}, or a quarter with --quick.")
  private int records = 200_000;

  @Option(names = "--rounds", description = "Default ${DEFAULT-VALUE}, or 2 with --quick.")
  private int rounds = 5;

  @Override
  public Integer call() throws Exception {
    int all = quick ? records / 4 : records;
    int times = quick ? 2 : rounds;
    System.out.println("starting broker, server and Redis");
    RedisServer redis = RedisServer.newRedisServer().port(freePort()).setting("save \"\"").build();
    redis.start();
    try (KafkaBroker broker =
            KafkaBroker.startEmbedded(BrokerOptions.builder().fullSpeed().build());
        JavaProcess server = startServer();
        Topics topics = new Topics(broker.bootstrapServers())) {
      String ready = server.awaitLine(line -> line.contains("ready at"), Duration.ofSeconds(30));
      String baseUrl = ready.substring(ready.indexOf("http")).trim();
      topics.create(TOPIC, 1);
      System.out.println("sending " + all + " records of " + VALUE_BYTES + " bytes");
      topics.produce(payload(all));
      Drains drains =
          new Drains(broker.bootstrapServers(), TOPIC, baseUrl, API_KEY, redis.ports().get(0));
      print(measure(drains, all, times));
    } finally {
      redis.stop();
    }
    return 0;
  }

  /** In turn, so that a machine that changes its speed changes it for all. Round 0 warms up. */
  private static Map<Drains.Way, double[]> measure(Drains drains, int all, int times) {
    Map<Drains.Way, double[]> rates = new LinkedHashMap<>();
    for (int round = 0; round <= times; round++) {
      System.out.println(round == 0 ? "warming up" : "round " + round + " of " + times);
      for (Drains.Way way : Drains.Way.values()) {
        double rate = drains.run(way, Math.max(2_000, all / way.part()));
        if (round > 0) {
          rates.computeIfAbsent(way, ignored -> new double[times])[round - 1] = rate;
        }
      }
    }
    return rates;
  }

  private static void print(Map<Drains.Way, double[]> rates) {
    double redis = median(rates.getOrDefault(Drains.Way.REDIS_SET_NX, new double[1]));
    double raw = median(rates.getOrDefault(Drains.Way.RAW, new double[1]));
    System.out.printf(
        "%n| %-34s | %11s | %11s | %11s | %8s | %8s |%n",
        "drain", "least", "median", "most", "x Redis", "x raw");
    System.out.println("| --- | ---: | ---: | ---: | ---: | ---: |");
    rates.forEach(
        (way, each) -> {
          double middle = median(each);
          System.out.printf(
              "| %-34s | %,11.0f | %,11.0f | %,11.0f | %8.2f | %8.3f |%n",
              way.label(),
              Arrays.stream(each).min().orElseThrow(),
              middle,
              Arrays.stream(each).max().orElseThrow(),
              middle / redis,
              middle / raw);
        });
    System.out.println("\nrecords a second; one consumer, everything on this machine's cores");
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private static List<ProducerRecord<String, String>> payload(int count) {
    String value = "v".repeat(VALUE_BYTES);
    List<ProducerRecord<String, String>> payload = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ProducerRecord<String, String> one = new ProducerRecord<>(TOPIC, value);
      one.headers().add("Idempotency-Key", ("payment-" + i).getBytes(StandardCharsets.UTF_8));
      payload.add(one);
    }
    return payload;
  }

  private static JavaProcess startServer() {
    return JavaProcess.of("tech.onceonly.server.ServerMain")
        .arguments(
            "--port", "0", "--api-key", API_KEY, "--max-keys", "20000000", "--store", "memory")
        .jvmOptions(List.of("-XX:TieredStopAtLevel=4", "-Xmx2g"))
        .start();
  }

  private static int freePort() throws java.io.IOException {
    try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
