package tech.onceonly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Compiles every Java snippet of the documentation. */
class SnippetsTest {

  /** What a snippet may use without declaring it. */
  private static final String GIVEN =
      """
      org.apache.kafka.clients.consumer.Consumer<String, String> consumer,
      java.util.Properties properties,
      java.util.concurrent.atomic.AtomicBoolean running,
      Payments payments""";

  private static final String TYPES =
      """
      record Payment(String id, long cents) {}
      record Receipt(String id) {}
      interface Payments {
        void charge(String payment);
        void charge(String payment, String fencingToken);
        Receipt charge(Payment payment);
        java.util.concurrent.CompletionStage<Receipt> chargeAsync(Payment payment);
      }
      """;

  @TempDir static Path out;

  private record Snippet(String name, String code) {}

  @TestFactory
  Stream<DynamicTest> everySnippetCompiles() throws IOException {
    return snippets().stream()
        .map(snippet -> DynamicTest.dynamicTest(snippet.name, () -> compile(snippet)));
  }

  @Test
  void thereAreSnippetsInTheReadme() throws IOException {
    assertThat(snippets()).anyMatch(snippet -> snippet.name.startsWith("README.md"));
  }

  private static List<Snippet> snippets() throws IOException {
    Path top = Path.of("").toAbsolutePath();
    while (!Files.exists(top.resolve("mvnw"))) {
      top = top.getParent();
    }
    List<Path> pages = new ArrayList<>(List.of(top.resolve("README.md")));
    try (Stream<Path> docs = Files.list(top.resolve("docs"))) {
      docs.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    List<Snippet> snippets = new ArrayList<>();
    for (Path page : pages) {
      String[] parts = Files.readString(page).split("```java\n", -1);
      for (int i = 1; i < parts.length; i++) {
        snippets.add(
            new Snippet(
                page.getFileName() + " snippet " + i,
                parts[i].substring(0, parts[i].indexOf("```"))));
      }
    }
    return snippets;
  }

  private static void compile(Snippet snippet) throws IOException {
    StringBuilder imports = new StringBuilder();
    StringBuilder body = new StringBuilder();
    snippet
        .code
        .lines()
        .forEach(line -> (line.startsWith("import ") ? imports : body).append(line).append('\n'));
    String source =
        imports
            + "class Snippet {\n"
            + TYPES
            + (snippet.code.contains("class ")
                ? body
                : "void snippet(" + GIVEN + ") throws Exception {\n" + body + "}\n")
            + "}\n";
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> faults = new DiagnosticCollector<>();
    boolean compiled =
        compiler
            .getTask(
                new StringWriter(),
                null,
                faults,
                List.of("-d", out.toString(), "-proc:none", "-cp", classPath()),
                null,
                List.of(new Source(source)))
            .call();
    assertThat(compiled).as("%s%n%s", faults.getDiagnostics(), source).isTrue();
  }

  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String code;

    Source(String code) {
      super(URI.create("string:///Snippet.java"), Kind.SOURCE);
      this.code = code;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return code;
    }
  }
}
