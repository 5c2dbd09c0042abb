package tech.onceonly.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.ProducerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tech.onceonly.testing.BrokerOptions;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;

/** Drains one topic in several ways, each several times in turn, and prints medians and ratios. */
@Command(
    name = "kafka",
    mixinStandardHelpOptions = true,
    description = {
      "Drains one topic raw, with a set in the JVM, with a Redis SET NX for each record or in",
      "pipelines, with the interceptor on each of the server's stores, and with the handler in each",
      "mode. Broker, Redis and servers are processes here."
    })
final class KafkaBench implements Callable<Integer> {

  private static final String TOPIC = "bench";
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

  @Option(
      names = "--warm-ups",
      description = "Rounds before those that count. Default ${DEFAULT-VALUE}.")
  private int warmUps = 1;

  @Option(
      names = "--ways",
      split = ",",
      description =
          "Of ${COMPLETION-CANDIDATES}, with commas between; the first and the third, which others"
              + " are compared with, always run. Default: all.")
  private List<Drains.Way> ways = List.of(Drains.Way.values());

  @Option(
      names = "--directory",
      description =
          "Where the store on disk is made, and removed. Default: the one it is started in. One that"
              + " lies in memory (tmpfs) measures no disk.")
  private Path directory = Path.of("");

  @Override
  public Integer call() throws Exception {
    int all = quick ? records / 4 : records;
    int times = quick ? 2 : rounds;
    System.out.println("starting broker, server and Redis");
    try (Opened opened = new Opened();
        KafkaBroker broker =
            KafkaBroker.startEmbedded(BrokerOptions.builder().fullSpeed().build());
        Topics topics = new Topics(broker.bootstrapServers())) {
      RedisProcess redis = opened.add(RedisProcess.start());
      topics.create(TOPIC, 1);
      System.out.println("sending " + all + " records of " + VALUE_BYTES + " bytes");
      topics.produce(payload(all));
      Set<Drains.Way> chosen = EnumSet.of(Drains.Way.RAW, Drains.Way.REDIS_SET_NX);
      chosen.addAll(ways);
      Drains drains =
          new Drains(
              broker.bootstrapServers(),
              TOPIC,
              servers(chosen, new Stores(directory, redis, opened)),
              redis.port());
      Laps<Drains.Way> laps = new Laps<>(chosen, warmUps, times);
      laps.run(way -> drains.run(way, Math.max(2_000, all / way.part())));
      laps.print("x raw");
      System.out.println("\nrecords a second; one consumer, everything on this machine's cores");
    }
    return 0;
  }

  private static Map<String, ApiProcess> servers(Set<Drains.Way> ways, Stores stores)
      throws IOException {
    Map<String, ApiProcess> servers = new HashMap<>();
    for (Drains.Way way : ways) {
      String store = way.store();
      if (store != null && !servers.containsKey(store)) {
        servers.put(store, stores.start(store));
      }
    }
    return servers;
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
}
