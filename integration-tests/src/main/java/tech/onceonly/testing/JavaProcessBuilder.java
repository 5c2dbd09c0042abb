package tech.onceonly.testing;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Describes a {@link JavaProcess}. Left alone, the process has this JVM's class path, 256 MB of
 * heap, logs warnings and above to standard error, and starts soon rather than runs fast.
 *
 * <p>Not safe for use by several threads.
 */
public final class JavaProcessBuilder {

  private static final List<String> QUICK_START =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx256m");

  static final List<String> FULL_SPEED =
      List.of("-XX:TieredStopAtLevel=4", "-XX:-UseSerialGC", "-XX:+UseG1GC");

  private final String mainClass;
  private final List<String> arguments = new ArrayList<>();
  private final List<String> jvmOptions = new ArrayList<>();
  private final Map<String, String> systemProperties = new LinkedHashMap<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final List<Path> extraClassPath = new ArrayList<>();
  private @Nullable List<Path> classPath;

  JavaProcessBuilder(String mainClass) {
    this.mainClass = mainClass;
    systemProperties.put("org.slf4j.simpleLogger.defaultLogLevel", "warn");
    String logs = System.getProperty(JavaProcess.LOGS_PROPERTY);
    if (logs != null) {
      // For the processes that this one starts.
      systemProperties.put(JavaProcess.LOGS_PROPERTY, logs);
    }
  }

  /** More arguments for the main class. */
  public JavaProcessBuilder arguments(String... more) {
    arguments.addAll(List.of(more));
    return this;
  }

  /** More options for the JVM; the later of two that contradict each other wins. */
  public JavaProcessBuilder jvmOptions(List<String> more) {
    jvmOptions.addAll(more);
    return this;
  }

  /** Lets the JVM compile fully: slower to start, faster to run. */
  public JavaProcessBuilder fullSpeed() {
    return jvmOptions(FULL_SPEED);
  }

  /** A system property of the process. */
  public JavaProcessBuilder systemProperty(String key, String value) {
    systemProperties.put(key, value);
    return this;
  }

  /** An environment variable, over those that the process inherits. */
  public JavaProcessBuilder environment(String key, String value) {
    environment.put(key, value);
    return this;
  }

  /** Jars and directories before all others. */
  public JavaProcessBuilder extraClassPath(Path... more) {
    extraClassPath.addAll(List.of(more));
    return this;
  }

  /** The whole class path, in place of this JVM's. */
  public JavaProcessBuilder classPath(List<Path> whole) {
    classPath = List.copyOf(whole);
    return this;
  }

  /** Starts it. The caller closes it. */
  public JavaProcess start() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(QUICK_START);
    command.addAll(jvmOptions);
    systemProperties.forEach((key, value) -> command.add("-D" + key + "=" + value));
    command.add("-cp");
    command.add(wholeClassPath());
    command.add(ParentWatch.class.getName());
    command.add(mainClass);
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return JavaProcess.start(mainClass.substring(mainClass.lastIndexOf('.') + 1), builder);
  }

  /**
   * Surefire and Failsafe, which start with a jar of nothing but a manifest, put the true one in.
   */
  private String wholeClassPath() {
    List<String> entries = new ArrayList<>();
    extraClassPath.forEach(path -> entries.add(path.toString()));
    if (classPath == null) {
      entries.add(System.getProperty("java.class.path"));
    } else {
      classPath.forEach(path -> entries.add(path.toString()));
      entries.add(LentClass.directoryOf(ParentWatch.class).toString());
    }
    return entries.stream().collect(Collectors.joining(File.pathSeparator));
  }

  /** A class of this module alone in a directory, for a class path that shall hold no other. */
  private static final class LentClass {

    static Path directoryOf(Class<?> lent) {
      String resource = lent.getName().replace('.', '/') + ".class";
      Path directory = TemporaryDirectory.create("onceonly-class-");
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> TemporaryDirectory.delete(directory), "lent-class-delete"));
      Path target = directory.resolve(resource);
      try (InputStream in = lent.getResourceAsStream("/" + resource)) {
        if (in == null) {
          throw new IllegalStateException(resource + " is not on the class path.");
        }
        Files.createDirectories(target.getParent());
        Files.copy(in, target);
        return directory;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
