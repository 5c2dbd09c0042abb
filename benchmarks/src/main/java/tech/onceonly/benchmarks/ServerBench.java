package tech.onceonly.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.ConnectionOptions;

/** Claims new keys at the project's server, on each of its stores, beside Redis by hand. */
@Command(
    name = "server",
    mixinStandardHelpOptions = true,
    description = {
      "Claims new keys at the server on each of its stores: single calls and batches by the",
      "client, and batches written beforehand, which leave the server's own time; beside Redis",
      "SET NX in pipelines of 500. Servers and Redis are processes here, and answer on loopback."
    })
final class ServerBench implements Callable<Integer> {

  private static final int BATCH = 500;
  private static final int CALLERS = 64;

  /** At one caller a round takes about as long as with batches. */
  private static final int PART_OF_ONE = 20;

  private static final int PART_OF_MANY = 5;

  @Mixin private final RaceOptions length = new RaceOptions();

  @Option(
      names = "--stores",
      split = ",",
      description = "Of memory, rocksdb and redis. Default: ${DEFAULT-VALUE}.")
  private List<String> stores = List.of("memory", "rocksdb", "redis");

  @Option(
      names = "--directory",
      description =
          "Where the stores on disk are made, and removed. Default: the one it is started in. One"
              + " that lies in memory (tmpfs) measures no disk.")
  private Path directory = Path.of("");

  @Override
  public Integer call() throws Exception {
    try (Opened opened = new Opened()) {
      Race race = length.race();
      enter(race, length.keys(), opened);
      race.run();
      race.print("store", "x memory");
    }
    System.out.println("\nkeys a second; times are of one call or one batch; all on this machine");
    return 0;
  }

  private void enter(Race race, int all, Opened opened) throws Exception {
    RedisProcess redis = opened.add(RedisProcess.start());
    race.add(
        "Redis",
        "SET NX, 500 in a pipeline",
        all,
        opened.add(new PipelinedSetNx(redis.port(), BATCH)));
    Stores servers = new Stores(directory, redis, opened);
    for (String store : stores) {
      enter(race, store, servers.start(store), all, opened);
    }
  }

  private static void enter(Race race, String store, ApiProcess server, int all, Opened opened)
      throws IOException {
    race.add(
        store,
        "client, one call at a time",
        all / PART_OF_ONE,
        opened.add(ClientCalls.single(server.client(), 1)));
    race.add(
        store,
        "client, 64 single calls at a time",
        all / PART_OF_MANY,
        opened.add(ClientCalls.single(connectionEach(server), CALLERS)));
    race.add(
        store,
        "client, 500 calls together",
        all,
        opened.add(ClientCalls.together(server.client(), BATCH)));
    race.add(
        store,
        "batches of 500, one at a time",
        all,
        opened.add(new RawBatches(server.port(), BATCH, 1)));
    race.add(
        store,
        "batches of 500, 4 at a time",
        all,
        opened.add(new RawBatches(server.port(), BATCH, 4)));
  }

  /** As callers that know nothing of each other have: the server answers a connection in order. */
  private static ClientOptions.Builder connectionEach(ApiProcess server) {
    return server
        .client()
        .connections(ConnectionOptions.DEFAULTS.withMaxConnections(CALLERS).withPipelining(1));
  }
}
