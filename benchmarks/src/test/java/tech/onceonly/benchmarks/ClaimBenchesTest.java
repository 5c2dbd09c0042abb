package tech.onceonly.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ClaimBenchesTest {

  @TempDir Path directory;

  @Test
  void eachWayIsMeasuredAtEachStoreAndNothingIsLeftOnDisk() {
    String printed =
        run("server", "--keys", "2000", "--rounds", "1", "--directory", "" + directory);

    List<String> rows = printed.lines().filter(line -> line.startsWith("| ")).toList();
    assertThat(rows).filteredOn(row -> row.startsWith("| Redis ")).hasSize(1);
    assertThat(rows).filteredOn(row -> row.startsWith("| memory ")).hasSize(5);
    assertThat(rows).filteredOn(row -> row.startsWith("| rocksdb ")).hasSize(5);
    assertThat(rows).filteredOn(row -> row.startsWith("| redis ")).hasSize(5);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void theClientIsMeasuredOverBothVersionsOfHttp() {
    String printed = run("client", "--keys", "2000", "--rounds", "1");

    List<String> rows = printed.lines().filter(line -> line.startsWith("| ")).toList();
    assertThat(rows).filteredOn(row -> row.startsWith("| Redis ")).hasSize(1);
    assertThat(rows).filteredOn(row -> row.startsWith("| HTTP/1.1 ")).hasSize(3);
    assertThat(rows).filteredOn(row -> row.startsWith("| HTTP/2 ")).hasSize(3);
  }

  private static String run(String... arguments) {
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, UTF_8));
    try {
      assertThat(new CommandLine(new BenchMain()).execute(arguments)).isZero();
    } finally {
      System.setOut(out);
    }
    return printed.toString(UTF_8);
  }
}
