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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;

/** The demo's command line. Exits 0 where every promise was kept, 1 where not, 2 on bad usage. */
@Command(
    name = "onceonly demo",
    mixinStandardHelpOptions = true,
    description =
        "Charges payments from a real Kafka topic, or JMS queue, kills the consumer twice in the"
            + " middle of its work, and counts each payment's charges: with no protection, with"
            + " check-lock, with leases.")
public final class DemoMain implements Callable<Integer> {

  private static final String LOCAL_KEY = "demo-key";
  private static final int KAFKA_PAYMENTS = 2_000;

  /** A queue's broker acknowledges each message by itself, on its disk. */
  private static final int JMS_PAYMENTS = 500;

  @Option(names = "--jms", description = "A queue of Artemis, which is started, and not Kafka.")
  private boolean jms;

  @Option(
      names = "--payments",
      description =
          "Payments to send; default " + KAFKA_PAYMENTS + ", with --jms " + JMS_PAYMENTS + ".")
  private @Nullable Integer givenPayments;

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
          "A OnceOnly API to use, with its key in ONCEONLY_API_KEY; default: one is started.")
  private @Nullable String baseUrl;

  @Spec private CommandSpec spec = CommandSpec.create();

  private DemoMain() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new DemoMain()).setParameterExceptionHandler(new UsageErrors());
  }

  @Override
  public Integer call() throws Exception {
    if (payments() < 100 || duplicateEvery < 2 || kills < 0 || kills > 10) {
      throw wrong("--payments is at least 100, --duplicate-every at least 2, --kills 0 to 10");
    }
    if (jms && bootstrapServers != null) {
      throw wrong("--bootstrap-servers is Kafka's: leave it out, or --jms");
    }
    String givenKey = System.getenv("ONCEONLY_API_KEY");
    if (baseUrl != null && (givenKey == null || givenKey.isBlank())) {
      throw wrong("--base-url needs the API's key in the environment: ONCEONLY_API_KEY");
    }
    try (DemoBroker broker = openBroker();
        OnceOnlyServer server = baseUrl == null ? startServer() : null) {
      return run(
          broker,
          server == null ? String.valueOf(baseUrl) : server.baseUrl().toString(),
          server == null ? String.valueOf(givenKey) : LOCAL_KEY);
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private int run(DemoBroker broker, String api, String apiKey) throws IOException {
    DemoSettings settings =
        new DemoSettings(
            Long.toString(System.currentTimeMillis(), 36),
            api,
            apiKey,
            payments(),
            duplicateEvery,
            kills);
    Path directory = Files.createTempDirectory("onceonly-demo");
    List<DemoResult> results = new ArrayList<>();
    for (Protection protection : Protection.values()) {
      say("consuming with protection: " + protection.word());
      DemoResult result = new DemoRun(settings, broker, directory, DemoMain::say).run(protection);
      results.add(result);
      say("  done in " + result.millis() / 1000 + " s");
    }
    say("");
    say(payments() + " payments: " + payments() + " effects are right, none doubled and none lost");
    System.out.print(DemoResult.table(results));
    say("");
    boolean kept = results.stream().allMatch(DemoResult::isKept);
    say(
        kept
            ? "check-lock loses at most what is in hand at each kill; lease loses none, and"
                + " doubles at most that one."
            : "A PROMISE WAS BROKEN. What each message did stands in " + directory);
    return kept ? 0 : 1;
  }

  private int payments() {
    if (givenPayments != null) {
      return givenPayments;
    }
    return jms ? JMS_PAYMENTS : KAFKA_PAYMENTS;
  }

  private DemoBroker openBroker() {
    if (jms) {
      say("starting an Artemis broker");
      return DemoJms.start();
    }
    if (bootstrapServers != null) {
      return DemoKafka.at(bootstrapServers);
    }
    say("starting a Kafka broker");
    return DemoKafka.start();
  }

  private static OnceOnlyServer startServer() {
    say("starting the OnceOnly server");
    return OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(LOCAL_KEY).build());
  }

  private static void say(String line) {
    System.out.println(line);
  }
}
