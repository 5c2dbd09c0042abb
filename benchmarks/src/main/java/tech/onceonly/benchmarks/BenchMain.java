package tech.onceonly.benchmarks;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import tech.onceonly.demo.UsageErrors;

/** The benchmarks' command line. */
@Command(
    name = "onceonly bench",
    mixinStandardHelpOptions = true,
    description = "Measures, and prints ratios within one run: those travel, the figures do not.",
    subcommands = {
      KafkaBench.class,
      JmsBench.class,
      ServerBench.class,
      ClientBench.class,
      MicroBench.class
    })
public final class BenchMain {

  BenchMain() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments.length == 0 ? HELP : arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new BenchMain())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(new UsageErrors());
  }

  private static final String[] HELP = {"--help"};
}
