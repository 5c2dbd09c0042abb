package tech.onceonly.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchesTest {

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
    assertThat(rows.get(0)).startsWith("| over ");
    assertThat(rows.get(1)).startsWith("| --- |");
  }

  @Test
  void eachWayToDrainAQueueHasItsRowAndIsComparedWithItsLike() {
    String printed = run("jms", "--messages", "400", "--rounds", "1", "--broker", "artemis");

    List<String> rows = printed.lines().filter(line -> line.startsWith("| ")).toList();
    assertThat(rows).filteredOn(row -> row.startsWith("| 1 listener: ")).hasSize(4);
    assertThat(rows).filteredOn(row -> row.startsWith("| 8 listeners: ")).hasSize(4);
    assertThat(rows).filteredOn(row -> row.startsWith("| batches of 100: ")).hasSize(5);
    assertThat(rows)
        .filteredOn(row -> row.contains("no protection"))
        .hasSize(3)
        .allMatch(row -> row.endsWith(" 1.000 |"));
    assertThat(rows)
        .filteredOn(row -> row.contains("SET NX"))
        .hasSize(3)
        .allMatch(row -> row.split("\\|")[5].strip().equals("1.00"));
  }

  @Test
  void eachWayToDrainATopicHasItsRowAndTheStoreOnDiskIsRemoved() {
    String printed =
        run("kafka", "--records", "2000", "--rounds", "1", "--directory", "" + directory);

    assertThat(printed.lines().filter(line -> line.startsWith("| ")).skip(2))
        .hasSize(Drains.Way.values().length);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void anErrorIsTwoLinesOfWhichTheSecondNamesTheHelp() {
    StringWriter err = new StringWriter();
    int exitCode =
        BenchMain.commandLine().setErr(new PrintWriter(err)).execute("kafka", "--records=x");

    assertThat(exitCode).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(2).first().asString().contains("--records");
    assertThat(err.toString()).endsWith("onceonly bench kafka --help tells the options\n");
  }

  private static String run(String... arguments) {
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, UTF_8));
    try {
      assertThat(BenchMain.commandLine().execute(arguments)).isZero();
    } finally {
      System.setOut(out);
    }
    return printed.toString(UTF_8);
  }
}
