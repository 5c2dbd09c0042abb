package tech.onceonly.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A broker in a JVM of its own: the form that needs no Docker. */
final class ForkedBroker implements KafkaBroker {

  /** A file that holds the class path of the broker's dependencies. */
  private static final String CLASS_PATH_FILE_PROPERTY = "broker.class.path.file";

  private static final String HOST = "127.0.0.1";

  private final BrokerProcess process;

  private ForkedBroker(BrokerProcess process) {
    this.process = process;
  }

  static ForkedBroker start(BrokerOptions options) {
    return start(options, () -> LoopbackPorts.free(2));
  }

  static ForkedBroker start(BrokerOptions options, Supplier<List<Integer>> twoPorts) {
    return new ForkedBroker(
        BrokerProcess.start("kafka", twoPorts, (home, ports) -> launch(options, home, ports)));
  }

  @Override
  public String bootstrapServers() {
    return HOST + ":" + process.port();
  }

  @Override
  public void kill() {
    process.kill();
  }

  @Override
  public void restart() {
    process.restart();
  }

  @Override
  public boolean isRunning() {
    return process.isRunning();
  }

  @Override
  public String describe() {
    return "Kafka in its own JVM (pid " + process.pid() + ") at " + bootstrapServers();
  }

  @Override
  public void close() {
    process.close();
  }

  private static JavaProcessBuilder launch(BrokerOptions options, Path home, List<Integer> ports) {
    Path file = home.resolve("server.properties");
    writeProperties(options, home, file, ports);
    return JavaProcess.of(BrokerMain.class)
        .arguments(file.toString())
        .jvmOptions(options.jvmOptions())
        .classPath(withoutApplications(classPath()));
  }

  /** This JVM's; or the one in the file, where this JVM runs on clients that are no broker's. */
  private static String classPath() {
    String file = System.getProperty(CLASS_PATH_FILE_PROPERTY, "");
    if (file.isBlank()) {
      return System.getProperty("java.class.path");
    }
    try {
      String here = BrokerMain.class.getProtectionDomain().getCodeSource().getLocation().getPath();
      return here + File.pathSeparator + Files.readString(Path.of(file)).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Spring Boot plugs itself into the broker's logging, of whatever version, and breaks it. */
  private static List<Path> withoutApplications(String classPath) {
    return Stream.of(classPath.split(File.pathSeparator))
        .filter(entry -> !entry.contains("springframework"))
        .map(Path::of)
        .toList();
  }

  private static void writeProperties(
      BrokerOptions options, Path home, Path file, List<Integer> ports) {
    String controller = HOST + ":" + ports.get(1);
    Properties properties = new Properties();
    properties.setProperty("process.roles", "broker,controller");
    properties.setProperty("node.id", "1");
    properties.setProperty("controller.quorum.voters", "1@" + controller);
    properties.setProperty("controller.listener.names", "CONTROLLER");
    properties.setProperty(
        "listeners", "PLAINTEXT://" + HOST + ":" + ports.get(0) + ",CONTROLLER://" + controller);
    properties.setProperty("log.dirs", home.resolve("data").toString());
    properties.putAll(options.brokerProperties());
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
