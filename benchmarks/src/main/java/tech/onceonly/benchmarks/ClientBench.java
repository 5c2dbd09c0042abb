package tech.onceonly.benchmarks;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.ConnectionOptions;
import tech.onceonly.client.HttpVersionSetting;

/** Check-locks by the product's client in each way it can send them, beside Redis by hand. */
@Command(
    name = "client",
    mixinStandardHelpOptions = true,
    description = {
      "Check-locks by the client: single calls over HTTP/1.1 and HTTP/2 (prior knowledge), one and",
      "64 at a time, and calls that it sends in batches; beside Redis SET NX in pipelines of 500.",
      "The server, with its store in memory, and Redis are processes here, and answer on loopback."
    })
final class ClientBench implements Callable<Integer> {

  private static final int GROUP = 500;
  private static final int CALLERS = 64;
  private static final int PART_OF_ONE = 20;
  private static final int PART_OF_MANY = 4;

  @Mixin private final RaceOptions length = new RaceOptions();

  @Override
  public Integer call() throws Exception {
    try (Opened opened = new Opened()) {
      Race race = length.race();
      enter(race, length.keys(), opened);
      race.run();
      race.print("over", "x HTTP/1.1");
    }
    System.out.println("\nkeys a second; times are of one call or one group; all on this machine");
    return 0;
  }

  private static void enter(Race race, int all, Opened opened) throws Exception {
    RedisProcess redis = opened.add(RedisProcess.start());
    race.add(
        "Redis",
        "SET NX, 500 in a pipeline",
        all,
        opened.add(new PipelinedSetNx(redis.port(), GROUP)));
    ApiProcess server = opened.add(ApiProcess.start("memory"));
    for (HttpVersionSetting version :
        List.of(HttpVersionSetting.HTTP_1_1, HttpVersionSetting.HTTP_2)) {
      String spoken = version == HttpVersionSetting.HTTP_2 ? "HTTP/2" : "HTTP/1.1";
      race.add(
          spoken,
          "one call at a time",
          all / PART_OF_ONE,
          opened.add(ClientCalls.single(client(server, version), 1)));
      race.add(
          spoken,
          "64 single calls at a time",
          all / PART_OF_MANY,
          opened.add(ClientCalls.single(client(server, version), CALLERS)));
      race.add(
          spoken,
          "500 calls together, in batches",
          all,
          opened.add(ClientCalls.together(client(server, version), GROUP)));
    }
  }

  private static ClientOptions.Builder client(ApiProcess server, HttpVersionSetting version) {
    return server.client().connections(ConnectionOptions.DEFAULTS.withHttpVersion(version));
  }
}
