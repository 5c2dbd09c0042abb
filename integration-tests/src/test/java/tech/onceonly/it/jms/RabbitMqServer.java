package tech.onceonly.it.jms;

import static org.awaitility.Awaitility.await;

import com.rabbitmq.jms.admin.RMQConnectionFactory;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.io.TempDir;

/**
 * A RabbitMQ in processes of its own, on ports and data of its own: {@code rabbitmq-server} from
 * {@code -Drabbitmq.server}, from Debian's package, or from the PATH. {@link WithRabbitMq} skips
 * where there is none.
 */
final class RabbitMqServer implements AutoCloseable {

  private static final String PACKAGED = "/usr/lib/rabbitmq/bin/rabbitmq-server";
  private static final Duration BOUND = Duration.ofSeconds(60);

  /**
   * The server and Erlang's directory of nodes, which would else stay behind: both end with this
   * JVM, however that ends, which holds the other end of the input.
   */
  private static final String SESSION =
      "exec 3<&0; epmd -port \"$ERL_EPMD_PORT\" </dev/null & \"$0\" </dev/null &"
          + " cat <&3 >/dev/null; kill -KILL 0";

  private final Path directory;
  private final int port;
  private final Process session;

  private RabbitMqServer(Path directory, int port, Process session) {
    this.directory = directory;
    this.port = port;
    this.session = session;
  }

  static boolean isInstalled() {
    return executable().isPresent();
  }

  /**
   * Starts one and returns when it serves.
   *
   * @param directory for its data and logs, a {@link TempDir}
   */
  static RabbitMqServer start(Path directory) throws IOException {
    String executable = executable().orElseThrow();
    Files.writeString(directory.resolve("plugins"), "[].");
    int port = freePort();
    ProcessBuilder builder =
        new ProcessBuilder("setsid", "sh", "-c", SESSION, executable)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("out").toFile());
    builder.environment().putAll(environment(directory, port));
    RabbitMqServer server = new RabbitMqServer(directory, port, builder.start());
    try {
      await().atMost(BOUND).until(() -> listens(port));
      return server;
    } catch (ConditionTimeoutException e) {
      server.close();
      throw new IllegalStateException(
          "rabbitmq-server does not serve: " + Files.readString(directory.resolve("out")), e);
    }
  }

  RMQConnectionFactory connectionFactory() {
    RMQConnectionFactory factory = new RMQConnectionFactory();
    factory.setHost("127.0.0.1");
    factory.setPort(port);
    return factory;
  }

  @Override
  public void close() throws IOException {
    session.getOutputStream().close();
    try {
      if (!session.waitFor(BOUND.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("RabbitMQ in " + directory + " did not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Map<String, String> environment(Path directory, int port) throws IOException {
    Map<String, String> environment = new HashMap<>();
    environment.put("HOME", directory.toString());
    environment.put("ERL_EPMD_PORT", "" + freePort());
    environment.put("ERL_EPMD_ADDRESS", "127.0.0.1");
    environment.put("RABBITMQ_NODENAME", "onceonly-" + port + "@localhost");
    environment.put("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1");
    environment.put("RABBITMQ_NODE_PORT", "" + port);
    environment.put("RABBITMQ_DIST_PORT", "" + freePort());
    environment.put("RABBITMQ_MNESIA_BASE", directory.resolve("data").toString());
    environment.put("RABBITMQ_LOG_BASE", directory.resolve("log").toString());
    environment.put("RABBITMQ_ENABLED_PLUGINS_FILE", directory.resolve("plugins").toString());
    environment.put("RABBITMQ_PID_FILE", directory.resolve("pid").toString());
    return environment;
  }

  private static Optional<String> executable() {
    return Stream.concat(
            Stream.of(System.getProperty("rabbitmq.server", PACKAGED), PACKAGED),
            Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> folder + "/rabbitmq-server"))
        .filter(candidate -> Files.isExecutable(Path.of(candidate)))
        .findFirst();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      // The answer to the question, not a fault.
      return false;
    }
  }
}
