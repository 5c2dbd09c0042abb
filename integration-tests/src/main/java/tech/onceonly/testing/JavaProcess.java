package tech.onceonly.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A JVM of its own, so that a test can end it as a crash would.
 *
 * <p>Promises: the process never outlives this JVM, however this one ends (see {@link
 * ParentWatch}); its output never blocks it; what it printed is kept, in memory the last {@value
 * LineCapture#MAX_LINES} lines and in files the first 16 MB. Its standard input is taken and cannot
 * be used by its main class.
 *
 * <p>Output files lie in the directory that the system property {@value #LOGS_PROPERTY} names and
 * stay there; without it, in a temporary directory that {@link #close} deletes.
 *
 * <p>Safe for use by several threads.
 */
public final class JavaProcess implements AutoCloseable {

  /** Where the output of processes is kept after they are closed. */
  public static final String LOGS_PROPERTY = "process.logs";

  private static final Duration KILL_TIMEOUT = Duration.ofSeconds(20);
  private static final int LINES_IN_MESSAGES = 20;

  private final String name;
  private final Process process;
  private final Path directory;
  private final boolean ownsDirectory;
  private final LineCapture output;
  private final LineCapture errors;
  private final Thread closeAtShutdown = new Thread(this::closeNow, "java-process-close");

  private JavaProcess(String name, Process process, Path directory, boolean ownsDirectory) {
    this.name = name;
    this.process = process;
    this.directory = directory;
    this.ownsDirectory = ownsDirectory;
    String prefix = name + "-" + process.pid();
    output =
        LineCapture.start(
            process.getInputStream(), directory.resolve(prefix + ".out"), prefix + "-out");
    errors =
        LineCapture.start(
            process.getErrorStream(), directory.resolve(prefix + ".err"), prefix + "-err");
  }

  /** Describes a process that runs this class's {@code main}; it need not be public. */
  public static JavaProcessBuilder of(Class<?> mainClass) {
    return new JavaProcessBuilder(mainClass.getName());
  }

  /** Describes a process that runs the main class of this name. */
  public static JavaProcessBuilder of(String mainClass) {
    return new JavaProcessBuilder(mainClass);
  }

  static JavaProcess start(String name, ProcessBuilder builder) {
    String logs = System.getProperty(LOGS_PROPERTY, "");
    boolean temporary = logs.isBlank();
    Path directory = temporary ? TemporaryDirectory.create("onceonly-process-") : Path.of(logs);
    try {
      Files.createDirectories(directory);
      JavaProcess started = new JavaProcess(name, builder.start(), directory, temporary);
      Runtime.getRuntime().addShutdownHook(started.closeAtShutdown);
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start a JVM for " + name, e);
    }
  }

  /** The operating system's number of the process. */
  public long pid() {
    return process.pid();
  }

  /** Whether it runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The last lines of standard output, oldest first. */
  public List<String> lines() {
    return output.lines();
  }

  /** The last lines of standard error, oldest first: warnings and above, as logging is set. */
  public List<String> errorLines() {
    return errors.lines();
  }

  /** The file that standard output goes to. */
  public Path outputFile() {
    return output.file();
  }

  /** The file that standard error goes to. */
  public Path errorFile() {
    return errors.file();
  }

  /**
   * The first line of standard output that is wanted, be it printed already or still to come.
   *
   * @throws IllegalStateException where the time runs out or the process ends without such a line;
   *     its message holds the last lines of both outputs
   */
  public String awaitLine(Predicate<String> wanted, Duration timeout) {
    try {
      String line = output.awaitLine(wanted, timeout);
      if (line == null) {
        errors.awaitEnd(process.isAlive() ? Duration.ZERO.plusMillis(1) : KILL_TIMEOUT);
        throw new IllegalStateException(
            "No such line within " + timeout.toMillis() + " ms from " + this + lastLines());
      }
      return line;
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /**
   * Waits for the process to end by itself and returns its exit code.
   *
   * @throws IllegalStateException where it still runs when the time has run out
   */
  public int awaitExit(Duration timeout) {
    try {
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException(
            "Still running after " + timeout.toMillis() + " ms: " + this + lastLines());
      }
      output.awaitEnd(KILL_TIMEOUT);
      errors.awaitEnd(KILL_TIMEOUT);
      return process.exitValue();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Ends it as {@code kill -9} does, and returns once it is gone and its output has been read. */
  public void kill() {
    // The handle's, since the process's own would close the pipes and lose the last output.
    process.toHandle().destroyForcibly();
    awaitExit(KILL_TIMEOUT);
  }

  /** Asks it to end (SIGTERM), so that its shutdown hooks run, and returns its exit code. */
  public int terminate(Duration timeout) {
    process.toHandle().destroy();
    return awaitExit(timeout);
  }

  /** Kills it where it still runs. Does nothing the second time. */
  @Override
  public void close() {
    closeNow();
    ShutdownHooks.remove(closeAtShutdown);
  }

  @Override
  public String toString() {
    return name + " (pid " + pid() + ", " + (isAlive() ? "running" : "ended") + ")";
  }

  private void closeNow() {
    kill();
    if (ownsDirectory) {
      TemporaryDirectory.delete(directory);
    }
  }

  private String lastLines() {
    return "\n--- last lines of output\n"
        + tail(lines())
        + "\n--- last lines of errors\n"
        + tail(errorLines());
  }

  private static String tail(List<String> lines) {
    return String.join(
        "\n", lines.subList(Math.max(0, lines.size() - LINES_IN_MESSAGES), lines.size()));
  }

  private IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("Interrupted while waiting for " + this, e);
  }
}
