package tech.onceonly.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The self-contained jar, and a Kafka that has nothing else of ours. */
public final class SelfContained {

  private SelfContained() {}

  /** The {@code -all} jar of this build. */
  public static Path jar() {
    Path jar = Path.of(System.getProperty("all.jar"));
    assertThat(jar).exists();
    return jar;
  }

  /** Kafka's own jars: nothing of ours, and nothing of what our jar brings inside. */
  public static List<Path> kafka() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(
            entry -> !entry.matches(".*(onceonly|integration-tests|springframework|vertx|netty).*"))
        .map(Path::of)
        .toList();
  }

  /** The jar, and then Kafka's. */
  public static List<Path> besideKafka() {
    return Stream.concat(Stream.of(jar()), kafka().stream()).toList();
  }
}
