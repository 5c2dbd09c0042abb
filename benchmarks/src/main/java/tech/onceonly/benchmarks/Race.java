package tech.onceonly.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs loads in turn, round after round, so that a machine that changes its speed changes it for
 * all; and prints what came of it.
 */
final class Race {

  /** The first rounds are a JVM's warming up. */
  private static final int WARM_UPS = 2;

  private static final class Row {
    private final String store;
    private final String label;
    private final Load load;
    private final int keys;

    /** What it is compared with, of another store; null for nothing. */
    private final @Nullable Row peer;

    private final Samples samples = new Samples();
    private final double[] rates;

    Row(String store, String label, Load load, int keys, @Nullable Row peer, int rounds) {
      this.store = store;
      this.label = label;
      this.load = load;
      this.keys = keys;
      this.peer = peer;
      this.rates = new double[rounds];
    }

    double median() {
      return Figures.median(rates);
    }
  }

  private final int rounds;
  private final List<Row> rows = new ArrayList<>();
  private @Nullable Row floor;

  Race(int rounds) {
    this.rounds = rounds;
  }

  /** Adds a row; the first is the floor that the others are compared with. */
  void add(String store, String label, int keys, Load load) {
    Row peer = rows.stream().filter(row -> row.label.equals(label)).findFirst().orElse(null);
    Row row = new Row(store, label, load, keys, peer, rounds);
    rows.add(row);
    floor = floor == null ? row : floor;
  }

  void run() throws Exception {
    for (int round = -WARM_UPS; round < rounds; round++) {
      System.out.println(round < 0 ? "warming up" : "round " + (round + 1) + " of " + rounds);
      for (int i = 0; i < rows.size(); i++) {
        run(rows.get(i), round, i);
      }
    }
  }

  private static void run(Row row, int round, int number) throws Exception {
    List<String> keys =
        IntStream.range(0, row.keys)
            .mapToObj(i -> "bench:payments:%02d:%04d:order-%023d".formatted(number, round + 10, i))
            .toList();
    Samples samples = round < 0 ? new Samples() : row.samples;
    double rate = row.keys * 1e9 / row.load.claim(keys, samples);
    if (round >= 0) {
      row.rates[round] = rate;
    }
  }

  /**
   * Prints the rows as a table.
   *
   * @param stores the heading of the first column
   * @param peers the heading of what rows are compared with beside the floor: the first row with
   *     the same label
   */
  void print(String stores, String peers) {
    System.out.printf(
        "%n| %-10s | %-38s | %9s | %9s | %9s | %8s | %8s | %7s | %10s |%n",
        stores, "claims", "least", "median", "most", "p50, ms", "p99, ms", "x Redis", peers);
    System.out.println("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (Row row : rows) {
      System.out.printf(
          "| %-10s | %-38s | %,9.0f | %,9.0f | %,9.0f | %8.3f | %8.3f | %7.2f | %10s |%n",
          row.store,
          row.label,
          Arrays.stream(row.rates).min().orElseThrow(),
          row.median(),
          Arrays.stream(row.rates).max().orElseThrow(),
          row.samples.millis(0.5),
          row.samples.millis(0.99),
          row.median() / (floor == null ? row : floor).median(),
          row.peer == null ? "" : "%.2f".formatted(row.median() / row.peer.median()));
    }
  }
}
