package tech.onceonly.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.BrokerOptions;
import tech.onceonly.testing.KafkaBroker;

/** The demo's command line. Exits 0 where every promise was kept, 1 where not, 2 on bad usage. */
@Command(
    name = "onceonly demo",
    mixinStandardHelpOptions = true,
    description = {
      "Charges payments from a real Kafka topic, kills the consumer twice in the middle of its work,",
      "and counts each payment's charges: with no protection, with check-lock, with leases."
    })
public final class DemoMain implements Callable<Integer> {

  private static final String LOCAL_KEY = "demo-key";

  @Option(names = "--payments", description = "Payments to send; default ${DEFAULT-VALUE}.")
  private int payments = 2_000;

  @Option(
      names = "--duplicate-every",
      description = "After every so many payments one is sent again; default ${DEFAULT-VALUE}.")
  private int duplicateEvery = 10;

  @Option(names = "--kills", description = "Kills of the consumer; default ${DEFAULT-VALUE}.")
  private int kills = 2;

  @Option(
      names = "--bootstrap-servers",
      description =
          "A Kafka cluster to use; default: one is started. Topics onceonly-demo-* are"
              + " created on it, and deleted.")
  private @Nullable String bootstrapServers;

  @Option(
      names = "--base-url",
      description =
          "A OnceOnly API to use, with its key in ONCEONLY_API_KEY; default: one is" + " started.")
  private @Nullable String baseUrl;

  private DemoMain() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new DemoMain()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    if (payments < 100 || duplicateEvery < 2 || kills < 0 || kills > 10) {
      System.err.println(
          "--payments is at least 100, --duplicate-every at least 2, --kills 0 to 10");
      return 2;
    }
    String givenKey = System.getenv("ONCEONLY_API_KEY");
    if (baseUrl != null && (givenKey == null || givenKey.isBlank())) {
      System.err.println("--base-url needs the API's key in the environment: ONCEONLY_API_KEY");
      return 2;
    }
    try (KafkaBroker broker = bootstrapServers == null ? startBroker() : null;
        OnceOnlyServer server = baseUrl == null ? startServer() : null) {
      return run(
          broker == null ? String.valueOf(bootstrapServers) : broker.bootstrapServers(),
          server == null ? String.valueOf(baseUrl) : server.baseUrl().toString(),
          server == null ? String.valueOf(givenKey) : LOCAL_KEY);
    }
  }

  private int run(String brokers, String api, String apiKey) throws IOException {
    DemoSettings settings =
        new DemoSettings(
            Long.toString(System.currentTimeMillis(), 36),
            brokers,
            api,
            apiKey,
            payments,
            duplicateEvery,
            kills);
    Path directory = Files.createTempDirectory("onceonly-demo");
    List<DemoResult> results = new ArrayList<>();
    for (Protection protection : Protection.values()) {
      say("consuming with protection: " + protection.word());
      DemoResult result = new DemoRun(settings, directory, DemoMain::say).run(protection);
      results.add(result);
      say("  done in " + result.millis() / 1000 + " s");
    }
    say("");
    say(payments + " payments: " + payments + " effects are right, none doubled and none lost");
    System.out.print(DemoResult.table(results));
    say("");
    boolean kept = results.stream().allMatch(DemoResult::isKept);
    say(
        kept
            ? "check-lock loses at most the record in hand at each kill; lease loses none, and"
                + " doubles at most that one."
            : "A PROMISE WAS BROKEN. What each record did stands in " + directory);
    return kept ? 0 : 1;
  }

  private static KafkaBroker startBroker() {
    say("starting a Kafka broker");
    return KafkaBroker.startEmbedded(BrokerOptions.DEFAULT);
  }

  private static OnceOnlyServer startServer() {
    say("starting the OnceOnly server");
    return OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(LOCAL_KEY).build());
  }

  private static void say(String line) {
    System.out.println(line);
  }
}
