package tech.onceonly.benchmarks;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tech.onceonly.testing.JmsBroker;
import tech.onceonly.testing.JmsBrokerKind;
import tech.onceonly.testing.JmsBrokerOptions;

/** Drains queues in several ways, each several times in turn, and prints medians and ratios. */
@Command(
    name = "jms",
    mixinStandardHelpOptions = true,
    description = {
      "Drains queues of persistent messages: by Spring's container with transacted",
      "sessions, and by loops that commit every 100. Without protection, with a",
      "Redis SET NX for each message, and by OnceOnly in each mode. Broker, Redis",
      "and server are processes here."
    })
final class JmsBench implements Callable<Integer> {

  /** More than any message needs here. */
  private static final int ATTEMPTS = 10;

  @Option(names = "--quick", description = "Fewer messages and rounds; less certain.")
  private boolean quick;

  @Option(
      names = "--messages",
      description =
          "Of the batches' queues; listeners drain a part. Default ${DEFAULT-VALUE}, or a tenth"
              + " with --quick.")
  private int messages = 20_000;

  @Option(names = "--rounds", description = "Default ${DEFAULT-VALUE}, or 2 with --quick.")
  private int rounds = 5;

  @Option(
      names = "--broker",
      description = "artemis, or classic for ActiveMQ Classic. Default: artemis.")
  private JmsBrokerKind broker = JmsBrokerKind.ARTEMIS;

  @Override
  public Integer call() throws Exception {
    int all = quick ? messages / 10 : messages;
    Laps<JmsWay> laps = new Laps<>(List.of(JmsWay.values()), 1, quick ? 2 : rounds);
    System.out.println("starting broker, server and Redis");
    try (RedisProcess redis = RedisProcess.start();
        JmsBroker started = JmsBroker.start(new JmsBrokerOptions(broker, ATTEMPTS, true));
        ApiProcess server = ApiProcess.start("memory")) {
      JmsDrains drains = new JmsDrains(started, server, redis.port());
      laps.run(way -> drains.run(way, Math.max(1, all / way.part())));
    }
    laps.print("x bare");
    System.out.println(
        "\nmessages a second on "
            + broker
            + "; x Redis and x bare compare with the same consumers; all on this machine");
    return 0;
  }
}
