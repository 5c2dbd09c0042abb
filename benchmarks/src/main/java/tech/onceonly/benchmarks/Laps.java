package tech.onceonly.benchmarks;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Runs ways to drain in turn, round after round, so that a machine that changes its speed changes
 * it for all; and prints what came of it.
 */
final class Laps<W extends Laps.Way<W>> {

  /** One way to drain, and what it is compared with. */
  interface Way<W> {
    String label();

    /** Its like with a Redis SET NX for each message. */
    W redis();

    /** Its like without any protection. */
    W bare();
  }

  /** Drains once, in this way. */
  interface Lap<W> {
    /** Gives messages a second. */
    double run(W way) throws Exception;
  }

  private final int warmUps;
  private final int rounds;
  private final Map<W, double[]> rates = new LinkedHashMap<>();

  /**
   * @param warmUps rounds that are not measured, in which a JVM compiles what it runs
   */
  Laps(Collection<W> ways, int warmUps, int rounds) {
    this.warmUps = warmUps;
    this.rounds = rounds;
    ways.forEach(way -> rates.put(way, new double[rounds]));
  }

  void run(Lap<W> lap) throws Exception {
    for (int round = 1 - warmUps; round <= rounds; round++) {
      System.out.println(round < 1 ? "warming up" : "round " + round + " of " + rounds);
      for (Map.Entry<W, double[]> each : rates.entrySet()) {
        double rate = lap.run(each.getKey());
        if (round > 0) {
          each.getValue()[round - 1] = rate;
        }
      }
    }
  }

  /**
   * Prints the ways as a table.
   *
   * @param bare the heading of what a way is compared with that has no protection
   */
  void print(String bare) {
    System.out.printf(
        "%n| %-42s | %11s | %11s | %11s | %8s | %8s |%n",
        "drain", "least", "median", "most", "x Redis", bare);
    System.out.println("| --- | ---: | ---: | ---: | ---: | ---: |");
    rates.forEach(
        (way, each) ->
            System.out.printf(
                "| %-42s | %,11.0f | %,11.0f | %,11.0f | %8.2f | %8.3f |%n",
                way.label(),
                Arrays.stream(each).min().orElseThrow(),
                Figures.median(each),
                Arrays.stream(each).max().orElseThrow(),
                Figures.median(each) / median(way.redis()),
                Figures.median(each) / median(way.bare())));
  }

  private double median(W way) {
    return Figures.median(Objects.requireNonNull(rates.get(way)));
  }
}
