package tech.onceonly.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * What is seen in each cell of a table that the documentation shows: the cells run beside each
 * other, since they wait for most of their time, and each is a test.
 */
public final class SeenCells<C> implements AutoCloseable {

  private static final String END = "<!-- end -->";

  private final Map<C, String> seen = new LinkedHashMap<>();
  private final ExecutorService pool;

  public SeenCells(int atOnce) {
    pool = Executors.newFixedThreadPool(atOnce);
  }

  /** Sees one cell; the number is its own. */
  public interface Run<C> {
    String see(C cell, int number) throws Exception;
  }

  public Stream<DynamicTest> each(List<C> cells, Run<C> run) {
    Map<C, CompletableFuture<String>> runs = new LinkedHashMap<>();
    for (C cell : cells) {
      int number = runs.size();
      runs.put(cell, CompletableFuture.supplyAsync(() -> see(run, cell, number), pool));
    }
    return runs.entrySet().stream()
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.getKey().toString(),
                    () -> seen.put(each.getKey(), each.getValue().get())));
  }

  public Map<C, String> seen() {
    return seen;
  }

  /**
   * The page shows this where the test's mark stands. {@code -Ddocs.write=true} writes it.
   *
   * @param page in the folder of the documentation
   */
  public static void assertShown(String page, Class<?> test, String tables) throws IOException {
    Path file = Path.of("..", "docs", page).toRealPath();
    String begin = "<!-- seen by " + test.getSimpleName() + " -->\n";
    String shown = begin + tables + '\n' + END;
    String written = Files.readString(file);
    if (Boolean.getBoolean("docs.write")) {
      int from = written.indexOf(begin);
      int to = written.indexOf(END, from) + END.length();
      written = written.substring(0, from) + shown + written.substring(to);
      Files.writeString(file, written);
    }
    assertThat(written).contains(shown);
  }

  private static <C> String see(Run<C> run, C cell, int number) {
    try {
      return run.see(cell, number);
    } catch (Exception e) {
      throw new CompletionException(e);
    }
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }
}
