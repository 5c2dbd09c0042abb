package tech.onceonly.server;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The server as a command. Exits with 0 after a stop by signal, 1 or 2 where it cannot run. */
@Command(
    name = "onceonly server",
    description = "Runs the OnceOnly API on a store that outlives it, or in memory.",
    sortOptions = false)
public final class ServerMain implements Callable<Integer> {
  private static final String API_KEYS_VARIABLE = "ONCEONLY_API_KEYS";
  private static final String ADMIN_KEYS_VARIABLE = "ONCEONLY_ADMIN_KEYS";
  private static final String DEFAULT_STORE = StoreChoice.ROCKSDB + "onceonly-data";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port to listen on, 0 for any free one. Default: ${DEFAULT-VALUE}")
  private int port = ServerOptions.DEFAULT_PORT;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description = "Address to listen on. Default: ${DEFAULT-VALUE}")
  private String host = ServerOptions.DEFAULT_HOST;

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      split = ",",
      description = {
        "API key that requests may carry; repeatable, and all share one key space.",
        "In the environment: " + API_KEYS_VARIABLE + ".",
        "With none at all the server makes one and prints it."
      })
  private List<String> apiKeys = new ArrayList<>();

  @Option(
      names = "--admin-key",
      paramLabel = "KEY",
      split = ",",
      description = {
        "API key that may see, list and free keys too; repeatable. Without it nobody may.",
        "In the environment: " + ADMIN_KEYS_VARIABLE + "."
      })
  private List<String> adminKeys = new ArrayList<>();

  @Option(
      names = "--tenants",
      paramLabel = "FILE",
      description = {
        "JSON file of tenants: key spaces, hashed API keys, plans and limits of their own.",
        "docs/server.md tells its form."
      })
  private @Nullable Path tenants;

  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      description = "Speaks TLS with this certificate and those that sign it, in PEM.")
  private @Nullable Path tlsCertificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "Its private key, in PEM, PKCS #8, without a password.")
  private @Nullable Path tlsKey;

  @Option(
      names = "--tls-client-authorities",
      paramLabel = "FILE",
      description = "Lets only callers in with a certificate that one of these, in PEM, signed.")
  private @Nullable Path tlsClientAuthorities;

  @Option(
      names = "--plan",
      paramLabel = "PLAN",
      description =
          "free, starter, pro or agency: default and maximum TTL. Default: ${DEFAULT-VALUE}")
  private String plan = ServerOptions.DEFAULT_PLAN.word();

  @Option(
      names = "--store",
      paramLabel = "STORE",
      description = {
        "Where keys are kept: rocksdb:DIR, on this machine's disk, synced before each answer;",
        "or redis[s]://[USER:PASSWORD@]HOST[:PORT][/DATABASE], which several servers may share;",
        "or memory, which forgets them when the server stops.",
        "Default: " + DEFAULT_STORE
      })
  private String store = DEFAULT_STORE;

  @Option(
      names = "--no-metrics",
      description = {
        "Does not answer GET /metrics. Without this it tells Prometheus, without an API key,",
        "how much is claimed, with tenants' names and without keys."
      })
  private boolean noMetrics;

  @Option(
      names = "--console",
      paramLabel = "on|off",
      description = {
        "Whether GET / answers with a page that shows operators what is claimed, once they have",
        "typed in an --admin-key. Default: ${DEFAULT-VALUE}"
      })
  private String console = "on";

  @Option(
      names = "--max-keys",
      paramLabel = "N",
      description = {
        "Most keys held at once; beyond it new ones get 503.",
        "Default: "
            + ServerOptions.DEFAULT_MAX_KEYS_ON_DISK
            + " on disk, "
            + ServerOptions.DEFAULT_MAX_KEYS
            + " in memory; not for a Redis, which has maxmemory"
      })
  private @Nullable Integer maxKeys;

  @Option(
      names = "--duplicate-status",
      paramLabel = "200|409",
      description = "HTTP status of a duplicate's answer. Default: ${DEFAULT-VALUE}")
  private int duplicateStatus = 200;

  @SuppressWarnings("UnusedVariable") // Configuration reads it.
  @Option(
      names = Configuration.OPTION,
      paramLabel = "FILE",
      description = {
        "Properties file of any of these options, without their dashes: port=8080.",
        "Each may also be set in the environment: --max-keys by ONCEONLY_MAX_KEYS.",
        "Option before environment before file before default."
      })
  private @Nullable Path config;

  @SuppressWarnings("UnusedVariable") // Seeing it is all that picocli needs.
  @Option(names = "--help", usageHelp = true, description = "Shows this and exits.")
  private boolean help;

  @Spec private CommandSpec spec;

  private final Map<String, String> environment;
  private final Consumer<OnceOnlyServer> onStarted;

  /**
   * @param onStarted gets the running server, before the line that says so
   */
  ServerMain(Map<String, String> environment, Consumer<OnceOnlyServer> onStarted) {
    this.environment = environment;
    this.onStarted = onStarted;
    this.spec = CommandSpec.create();
  }

  /** Runs until a signal stops it. */
  public static void main(String[] arguments) {
    int exitCode = run(System.getenv(), ServerMain::stopOnSignal, command -> {}, arguments);
    // After a good start the event loops keep the process alive.
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  /**
   * Runs the command, and returns when the server has started or could not.
   *
   * @param prepare may say where the command prints to
   */
  static int run(
      Map<String, String> environment,
      Consumer<OnceOnlyServer> onStarted,
      Consumer<CommandLine> prepare,
      String... arguments) {
    CommandLine command = new CommandLine(new ServerMain(environment, onStarted));
    command.setExecutionExceptionHandler(ServerMain::answerFault);
    prepare.accept(command);
    try {
      command.setDefaultValueProvider(
          Configuration.of(command.getCommandSpec(), environment, arguments));
    } catch (IllegalArgumentException e) {
      command.getErr().println("error: " + e.getMessage());
      command.getErr().flush();
      return CommandLine.ExitCode.USAGE;
    }
    return command.execute(arguments);
  }

  @Override
  public Integer call() {
    ServerOptions options = options();
    OnceOnlyServer server = OnceOnlyServer.start(options);
    onStarted.accept(server);
    PrintWriter out = spec.commandLine().getOut();
    out.println("OnceOnly server ready at " + server.baseUrl());
    out.println("Keys are kept in " + options.store());
    out.println("Settings: " + options.told());
    out.flush();
    return 0;
  }

  private ServerOptions options() {
    Plan chosen = Plan.ofWord(plan);
    if (chosen == null) {
      throw new ParameterException(
          spec.commandLine(), "--plan '" + plan + "' is none of free, starter, pro, agency");
    }
    ServerOptions.Builder builder =
        ServerOptions.builder()
            .host(host)
            .port(port)
            .plan(chosen)
            .store(store)
            .duplicateStatus(duplicateStatus)
            .metrics(!noMetrics)
            .console(isOn("--console", console));
    if (maxKeys != null) {
      builder.maxKeys(maxKeys);
    }
    givenApiKeys().forEach(builder::apiKey);
    given(adminKeys, ADMIN_KEYS_VARIABLE).forEach(builder::adminKey);
    try {
      if (tenants != null) {
        builder.tenants(tenants);
      }
      builder.tls(tlsCertificate, tlsKey).tlsClientAuthorities(tlsClientAuthorities);
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private boolean isOn(String option, String word) {
    return switch (word) {
      case "on" -> true;
      case "off" -> false;
      default ->
          throw new ParameterException(
              spec.commandLine(), option + " '" + word + "' is neither on nor off");
    };
  }

  private List<String> givenApiKeys() {
    List<String> all = given(apiKeys, API_KEYS_VARIABLE);
    if (all.isEmpty() && tenants == null) {
      String made = "once_" + new RandomIds().get();
      all.add(made);
      PrintWriter err = spec.commandLine().getErr();
      err.println("No --api-key and no " + API_KEYS_VARIABLE + ": made one for this run: " + made);
      err.flush();
    }
    return all;
  }

  private List<String> given(List<String> byOption, String variable) {
    List<String> all = new ArrayList<>(byOption);
    Arrays.stream(environment.getOrDefault(variable, "").split(",", -1))
        .map(String::strip)
        .filter(key -> !key.isEmpty())
        .forEach(all::add);
    return all;
  }

  private static int answerFault(Exception fault, CommandLine command, ParseResult parsed)
      throws Exception {
    if (!(fault instanceof ServerException)) {
      throw fault;
    }
    command.getErr().println("error: " + fault.getMessage());
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static void stopOnSignal(OnceOnlyServer server) {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> stopAndHalt(server), "onceonly-server-stop"));
  }

  /**
   * A process that a signal ended exits with the signal's code unless it is halted with its own.
   */
  private static void stopAndHalt(OnceOnlyServer server) {
    int exitCode = 0;
    try {
      server.close();
    } catch (ServerException e) {
      System.err.println("error: " + e.getMessage());
      exitCode = 1;
    }
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(exitCode);
  }
}
