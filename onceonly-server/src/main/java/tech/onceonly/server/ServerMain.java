package tech.onceonly.server;

import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The server as a command. Exits with 0 after a stop by signal, 1 or 2 where it cannot run. */
@Command(
    name = "onceonly server",
    description = "Runs the OnceOnly API on a store that outlives it, or in memory.",
    sortOptions = false)
public final class ServerMain implements Callable<Integer> {
  @Mixin private final CommandOptions given = new CommandOptions();

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
    prepare.accept(command);
    Configuration configuration;
    try {
      configuration = Configuration.of(command.getCommandSpec(), environment, arguments);
    } catch (SettingException e) {
      return CommandErrors.tell(command, String.valueOf(e.getMessage()));
    }
    CommandErrors errors = new CommandErrors(configuration);
    command.setDefaultValueProvider(configuration);
    command.setParameterExceptionHandler(errors);
    command.setExecutionExceptionHandler(errors);
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
    given.addKeys(environment);
    ServerOptions.Builder builder = given.toBuilder();
    if (given.letsAnybodyIn()) {
      return builder.build();
    }
    String made = "once_" + new RandomIds().get();
    ServerOptions options = builder.apiKey(made).build();
    PrintWriter err = spec.commandLine().getErr();
    err.println(
        "No --api-key and no "
            + CommandOptions.API_KEYS_VARIABLE
            + ": made one for this run: "
            + made);
    if (!environment.getOrDefault(CommandOptions.CLIENTS_VARIABLE, "").isBlank()) {
      err.println(
          CommandOptions.CLIENTS_VARIABLE
              + " is a client's and lets nobody in here: set "
              + CommandOptions.API_KEYS_VARIABLE
              + " to the same, if its key is to be this server's");
    }
    err.flush();
    return options;
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
