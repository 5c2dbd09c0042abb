package tech.onceonly.testing;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;

/**
 * The broker's process: formats the data directory where it is new and starts Kafka in the same
 * JVM, which saves the start of a second one, and says when it serves.
 */
final class BrokerMain {

  private BrokerMain() {}

  public static void main(String[] arguments) {
    try {
      run(Path.of(arguments[0]));
    } catch (IOException | RuntimeException | Error e) {
      // Threads of a half-started broker would keep the process alive.
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private static void run(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    if (!Files.exists(Path.of(properties.getProperty("log.dirs"), "meta.properties"))) {
      format(file);
    }
    KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
    server.startup();
    // startup() returns once the controller has unfenced the broker: from here on it serves.
    System.out.println(BrokerProcess.READY);
    server.awaitShutdown();
  }

  private static void format(Path file) {
    String[] arguments = {"format", "-t", Uuid.randomUuid().toString(), "-c", file.toString()};
    int code = StorageTool.execute(arguments, System.err);
    if (code != 0) {
      throw new IllegalStateException("Formatting the data directory failed with code " + code);
    }
  }
}
