package tech.onceonly.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(60)
class JavaProcessTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path directory;

  /** Says what it was given and waits. */
  static final class Waiter {
    public static void main(String[] arguments) throws InterruptedException {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("in good order")));
      LoggerFactory.getLogger("some.library").info("not wanted");
      LoggerFactory.getLogger("some.library").warn("wanted");
      System.out.println(
          arguments[0] + " " + System.getProperty("given") + " " + System.getenv("IT"));
      Thread.currentThread().join();
    }
  }

  /** Starts a waiter of its own and tells its number. */
  static final class Parent {
    public static void main(String[] arguments) throws InterruptedException {
      JavaProcess child = waiter();
      child.awaitLine("x y z"::equals, SOON);
      System.out.println(child.pid());
      Thread.currentThread().join();
    }
  }

  /** Ends at once. */
  static final class Failing {
    public static void main(String[] arguments) {
      System.out.println("before");
      throw new IllegalArgumentException("on purpose");
    }
  }

  /** Prints more than is kept, as one line without an end and as many lines. */
  static final class Talker {
    public static void main(String[] arguments) {
      System.out.print("x".repeat(2 * LineCapture.MAX_LINE_LENGTH));
      System.out.println();
      for (int i = 0; i < 2 * LineCapture.MAX_LINES; i++) {
        System.out.println(i);
      }
    }
  }

  @Test
  void passesOnArgumentsPropertiesEnvironmentAndClassPath() throws IOException {
    try (JavaProcess waiter = waiter()) {
      waiter.awaitLine("x y z"::equals, SOON);
      waiter.kill();

      assertThat(waiter.isAlive()).isFalse();
      assertThat(Files.readAllLines(waiter.outputFile())).containsExactly("x y z");
      assertThat(waiter.errorLines()).hasSize(1).first().asString().contains("WARN", "wanted");
      assertThat(Files.readAllLines(waiter.errorFile())).isEqualTo(waiter.errorLines());
    }
  }

  @Test
  void terminatesInGoodOrder() {
    try (JavaProcess waiter = waiter()) {
      waiter.awaitLine("x y z"::equals, SOON);

      assertThat(waiter.terminate(SOON)).isEqualTo(143);
      assertThat(waiter.lines()).containsExactly("x y z", "in good order");
    }
  }

  @Test
  void childrenOfAKilledProcessEndToo() {
    try (JavaProcess parent = JavaProcess.of(Parent.class).start()) {
      long child = Long.parseLong(parent.awaitLine(line -> line.matches("\\d+"), SOON));
      assertThat(ProcessHandle.of(child)).isPresent();

      parent.kill();

      Await.until(
          "the orphan has ended",
          SOON,
          () -> ProcessHandle.of(child).filter(ProcessHandle::isAlive).isEmpty());
    }
  }

  @Test
  void runsOnAClassPathThatHoldsNothingOfThisModule() throws IOException {
    Path alone = directory.resolve("alone");
    String resource = Failing.class.getName().replace('.', '/') + ".class";
    Files.createDirectories(alone.resolve(resource).getParent());
    try (var in = Failing.class.getResourceAsStream("/" + resource)) {
      Files.copy(in, alone.resolve(resource));
    }

    try (JavaProcess failing =
        JavaProcess.of(Failing.class.getName()).classPath(List.of(alone)).start()) {
      assertThat(failing.awaitExit(SOON)).isEqualTo(1);
      assertThat(failing.lines()).containsExactly("before");
      assertThat(failing.errorLines().get(0)).contains("on purpose");
    }
  }

  @Test
  void saysWhyALineWillNeverCome() {
    try (JavaProcess failing = JavaProcess.of(Failing.class).start()) {
      assertThatThrownBy(() -> failing.awaitLine("never"::equals, SOON))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("before")
          .hasMessageContaining("on purpose");
    }
  }

  @Test
  void keepsAndReadsNoMoreThanItSays() {
    try (JavaProcess talker = JavaProcess.of(Talker.class).start()) {
      assertThat(talker.awaitExit(SOON)).isZero();

      assertThat(talker.lines()).hasSize(LineCapture.MAX_LINES);
      assertThat(talker.lines().get(LineCapture.MAX_LINES - 1))
          .isEqualTo(String.valueOf(2 * LineCapture.MAX_LINES - 1));
      assertThat(talker.outputFile()).content().startsWith("x".repeat(100));
    }
  }

  private static JavaProcess waiter() {
    return JavaProcess.of(Waiter.class)
        .arguments("x")
        .systemProperty("given", "y")
        .environment("IT", "z")
        .start();
  }
}
