package tech.onceonly.benchmarks;

import picocli.CommandLine.Option;

/** How long a race is. */
final class RaceOptions {

  @Option(names = "--quick", description = "Fewer keys and rounds; less certain.")
  private boolean quick;

  @Option(
      names = "--keys",
      description =
          "Claimed in batches in each round; single calls claim a part. Default ${DEFAULT-VALUE},"
              + " or a quarter with --quick.")
  private int keys = 100_000;

  @Option(names = "--rounds", description = "Default ${DEFAULT-VALUE}, or 2 with --quick.")
  private int rounds = 5;

  /** Claimed in batches in each round. */
  int keys() {
    return quick ? keys / 4 : keys;
  }

  Race race() {
    return new Race(quick ? 2 : rounds);
  }
}
