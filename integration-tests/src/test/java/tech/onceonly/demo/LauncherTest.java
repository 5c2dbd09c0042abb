package tech.onceonly.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When ./onceonly builds: with a Java and a Maven that only write down what they are asked. */
class LauncherTest {
  private static final String[] MODULES = {"onceonly-server", "integration-tests", "benchmarks"};

  /** A module's class path is written again where it has changed, or that is asked for. */
  private static final String MAVEN =
      """
      #!/usr/bin/env bash
      case "$*" in
        *"-pl onceonly-server -am"*) modules=onceonly-server ;;
        *"-pl integration-tests -am"*) modules="onceonly-server integration-tests" ;;
        *"-pl benchmarks -am"*) modules="onceonly-server integration-tests benchmarks" ;;
      esac
      echo "$modules" >> builds
      for module in $modules; do
        mkdir -p "$module/target"
        case "$*" in
          *-Dmdep.regenerateFile=true*) rm -f "$module/target/classpath.txt" ;;
        esac
        [ -f "$module/target/classpath.txt" ] || echo a.jar > "$module/target/classpath.txt"
      done
      """;

  private static final String JAVA =
      """
      #!/usr/bin/env bash
      if [ "$1" = -version ]; then echo 'openjdk version "17.0.1"' >&2; else echo "ran ${@:3}"; fi
      """;

  @TempDir Path top;

  @BeforeEach
  void layOut() throws Exception {
    Path launcher = Path.of("..", "onceonly").toRealPath();
    Files.copy(launcher, top.resolve("onceonly"), StandardCopyOption.COPY_ATTRIBUTES);
    write("pom.xml", "<project/>");
    for (String module : MODULES) {
      write(module + "/src/main/Some.java", "class Some {}");
    }
    program("mvnw", MAVEN);
    program("jdk/bin/java", JAVA);
    program("jdk/bin/javac", JAVA);
    changed(Instant.now().minusSeconds(3600), "pom.xml");
    for (String module : MODULES) {
      changed(Instant.now().minusSeconds(3600), module + "/src/main/Some.java");
      changed(Instant.now().minusSeconds(3600), module + "/src/main");
    }
  }

  @Test
  void whatWasBuiltForAnotherCommandIsNotBuiltAgain() throws Exception {
    assertThat(run("demo", "--jms"))
        .contains("building integration-tests and what it needs, once", "tech.onceonly.demo")
        .endsWith("DemoMain --jms\n");
    assertThat(run("demo")).doesNotContain("building");
    assertThat(run("server")).doesNotContain("building").contains("ServerMain");
    assertThat(builds()).hasLineCount(1);

    assertThat(run("bench")).contains("building benchmarks");
    assertThat(run("server") + run("demo") + run("bench")).doesNotContain("building");
    assertThat(builds()).hasLineCount(2);
  }

  @Test
  void whatHasChangedIsBuiltAgainForEachThatNeedsIt() throws Exception {
    run("demo");
    Instant built = Instant.now().minusSeconds(60);
    changed(built, "onceonly-server/target/launcher.stamp");
    changed(built, "integration-tests/target/launcher.stamp");
    changed(built.plusSeconds(30), "onceonly-server/src/main/Some.java");

    assertThat(run("server")).contains("building onceonly-server");
    assertThat(run("server")).doesNotContain("building");
    assertThat(run("demo")).as("which that build did not bring").contains("building integration");
    assertThat(run("demo") + run("server")).doesNotContain("building");
    assertThat(builds()).hasLineCount(3);
  }

  private String run(String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = top.resolve("onceonly").toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Path told = top.resolve("told");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(told.toFile());
    builder.environment().put("JAVA_HOME", top.resolve("jdk").toString());
    Process process = builder.start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(told)).isZero();
    return Files.readString(told);
  }

  private String builds() throws IOException {
    return Files.readString(top.resolve("builds"));
  }

  private void program(String name, String text) throws IOException {
    assertThat(write(name, text).toFile().setExecutable(true)).isTrue();
  }

  private Path write(String name, String text) throws IOException {
    Path file = top.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private void changed(Instant moment, String name) throws IOException {
    Files.setLastModifiedTime(top.resolve(name), FileTime.from(moment));
  }
}
