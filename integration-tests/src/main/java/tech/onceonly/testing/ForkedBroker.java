package tech.onceonly.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A broker in a JVM of its own: the form that needs no Docker. */
final class ForkedBroker implements KafkaBroker {

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final int ATTEMPTS = 5;
  private static final String HOST = "127.0.0.1";

  private final BrokerOptions options;
  private final Path home;
  private final int port;
  private final Thread closeAtShutdown = new Thread(this::closeNow, "kafka-broker-close");
  private JavaProcess process;
  private boolean closed;

  private ForkedBroker(BrokerOptions options, Path home, int port, JavaProcess process) {
    this.options = options;
    this.home = home;
    this.port = port;
    this.process = process;
  }

  static ForkedBroker start(BrokerOptions options) {
    return start(options, () -> LoopbackPorts.free(2));
  }

  /** Tries again on other ports where another process takes one between choosing and binding. */
  static ForkedBroker start(BrokerOptions options, Supplier<List<Integer>> twoPorts) {
    for (int attempt = 1; ; attempt++) {
      List<Integer> ports = twoPorts.get();
      Path home = TemporaryDirectory.create("onceonly-kafka-");
      try {
        writeProperties(options, home, ports.get(0), ports.get(1));
        ForkedBroker broker = new ForkedBroker(options, home, ports.get(0), launch(options, home));
        Runtime.getRuntime().addShutdownHook(broker.closeAtShutdown);
        return broker;
      } catch (PortTakenException e) {
        TemporaryDirectory.delete(home);
        if (attempt == ATTEMPTS) {
          throw e;
        }
      } catch (RuntimeException e) {
        TemporaryDirectory.delete(home);
        throw e;
      }
    }
  }

  @Override
  public String bootstrapServers() {
    return HOST + ":" + port;
  }

  @Override
  public void kill() {
    process.kill();
  }

  @Override
  public void restart() {
    if (closed) {
      throw new IllegalStateException("The broker is closed: start a new one.");
    }
    kill();
    process.close();
    process = launch(options, home);
  }

  @Override
  public boolean isRunning() {
    return process.isAlive();
  }

  @Override
  public String describe() {
    return "Kafka in its own JVM (pid " + process.pid() + ") at " + bootstrapServers();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      closeNow();
      ShutdownHooks.remove(closeAtShutdown);
    }
  }

  private void closeNow() {
    process.close();
    TemporaryDirectory.delete(home);
  }

  private static JavaProcess launch(BrokerOptions options, Path home) {
    JavaProcess process =
        JavaProcess.of(BrokerMain.class)
            .arguments(home.resolve("server.properties").toString())
            .jvmOptions(options.jvmOptions())
            .classPath(withoutApplications())
            .start();
    try {
      process.awaitLine(BrokerMain.READY::equals, START_TIMEOUT);
      return process;
    } catch (RuntimeException e) {
      boolean portTaken = process.errorLines().stream().anyMatch(ForkedBroker::tellsOfTakenPort);
      process.close();
      throw portTaken ? new PortTakenException(e) : e;
    }
  }

  /** Spring Boot plugs itself into the broker's logging, of whatever version, and breaks it. */
  private static List<Path> withoutApplications() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.contains("springframework"))
        .map(Path::of)
        .toList();
  }

  private static boolean tellsOfTakenPort(String line) {
    return line.contains("java.net.BindException") || line.contains("Address already in use");
  }

  private static void writeProperties(
      BrokerOptions options, Path home, int port, int controllerPort) {
    Properties properties = new Properties();
    properties.setProperty("process.roles", "broker,controller");
    properties.setProperty("node.id", "1");
    properties.setProperty("controller.quorum.voters", "1@" + HOST + ":" + controllerPort);
    properties.setProperty("controller.listener.names", "CONTROLLER");
    properties.setProperty(
        "listeners",
        "PLAINTEXT://" + HOST + ":" + port + ",CONTROLLER://" + HOST + ":" + controllerPort);
    properties.setProperty("log.dirs", home.resolve("data").toString());
    properties.putAll(options.brokerProperties());
    try (Writer writer = Files.newBufferedWriter(home.resolve("server.properties"))) {
      properties.store(writer, null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class PortTakenException extends IllegalStateException {
    PortTakenException(Throwable cause) {
      super("A port of the broker was taken by another process.", cause);
    }
  }
}
