package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import redis.embedded.core.ExecutableProvider;

/**
 * A Redis in a process of its own: {@code redis-server} from {@code -Dredis.server}, from the PATH,
 * or the one that Maven brings. Where none runs, the test is skipped and tells why.
 */
public final class RealRedis implements AutoCloseable {
  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final Random PORTS = new Random();

  private final Path directory;
  private final int port;
  private final List<String> arguments;
  private Process process;

  private RealRedis(Path directory, int port, List<String> arguments) {
    this.directory = directory;
    this.port = port;
    this.arguments = arguments;
  }

  /**
   * Starts one that keeps everything in memory, unless the settings say else.
   *
   * @param settings as on redis-server's command line
   */
  public static RealRedis start(String... settings) throws Exception {
    Path directory = Files.createTempDirectory("onceonly-redis");
    int port = freePort();
    List<String> arguments = new ArrayList<>(List.of("--port", "" + port));
    arguments.addAll(List.of("--bind", "127.0.0.1", "--dir", directory.toString()));
    arguments.addAll(List.of("--save", "", "--logfile", directory.resolve("log").toString()));
    arguments.addAll(List.of(settings));
    return started(directory, port, arguments);
  }

  /** Starts a replica, and waits until it has all that this one has. */
  RealRedis startReplica() throws Exception {
    RealRedis replica = start("--replicaof", "127.0.0.1", "" + port);
    Awaitility.await()
        .atMost(BOUND)
        .until(() -> replica.ask("INFO").contains("master_link_status:up"));
    return replica;
  }

  /**
   * Starts a sentinel that decides alone, and knows this one by the name "main".
   *
   * @param settings lines of its file
   */
  RealRedis startSentinel(String... settings) throws Exception {
    Path directory = Files.createTempDirectory("onceonly-sentinel");
    int itsPort = freePort();
    Path file = directory.resolve("sentinel.conf");
    Files.writeString(
        file,
        """
        port %d
        bind 127.0.0.1
        dir %s
        logfile %s
        sentinel monitor main 127.0.0.1 %d 1
        sentinel down-after-milliseconds main 1000
        sentinel failover-timeout main 10000
        """
                .formatted(itsPort, directory, directory.resolve("log"), port)
            + String.join("\n", settings));
    return started(directory, itsPort, List.of(file.toString(), "--sentinel"));
  }

  private static RealRedis started(Path directory, int port, List<String> arguments)
      throws Exception {
    RealRedis redis = new RealRedis(directory, port, arguments);
    redis.run();
    return redis;
  }

  public int port() {
    return port;
  }

  public String url() {
    return "redis://127.0.0.1:" + port;
  }

  /** Starts it again where it was. */
  public void run() throws Exception {
    List<String> command = new ArrayList<>(List.of(executable()));
    command.addAll(arguments);
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("out").toFile())
            .start();
    Awaitility.await()
        .atMost(BOUND)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> !process.isAlive() || answersPing());
    assertThat(process.isAlive()).as("redis-server runs, see %s", directory).isTrue();
  }

  /** By the signal that no process can hold up. */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  /** Stops it from doing anything, with its connections open. */
  void freeze() throws Exception {
    signal("-STOP");
  }

  void thaw() throws Exception {
    signal("-CONT");
  }

  /** Gives its answer, lists in brackets; an error begins with a minus. */
  public String ask(String... words) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout((int) BOUND.toMillis());
      StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
      for (String word : words) {
        request.append("$" + word.getBytes(UTF_8).length + "\r\n" + word + "\r\n");
      }
      socket.getOutputStream().write(request.toString().getBytes(UTF_8));
      return answer(new BufferedInputStream(socket.getInputStream()));
    }
  }

  @Override
  public void close() throws Exception {
    kill();
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted((a, b) -> b.compareTo(a)).map(Path::toFile).forEach(File::delete);
    }
  }

  /** One whose port for the cluster's own talk, 10,000 above, is free too. */
  static int freePort() {
    while (true) {
      int port = 20_000 + PORTS.nextInt(10_000);
      if (isFree(port) && isFree(port + 10_000)) {
        return port;
      }
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return taken.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private static String executable() throws Exception {
    List<String> candidates = new ArrayList<>();
    if (System.getProperty("redis.server") != null) {
      candidates.add(System.getProperty("redis.server"));
    }
    candidates.add("redis-server");
    candidates.add(Brought.path());
    for (String candidate : candidates) {
      if (runs(candidate)) {
        return candidate;
      }
    }
    return Assumptions.abort("No redis-server runs here; tried " + candidates);
  }

  private static boolean runs(String candidate) throws InterruptedException {
    try {
      Process version =
          new ProcessBuilder(candidate, "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return version.waitFor(10, TimeUnit.SECONDS) && version.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Unpacked once. */
  private static final class Brought {
    private static final String PATH = unpack();

    static String path() {
      return PATH;
    }

    private static String unpack() {
      try {
        return ExecutableProvider.newJarResourceProvider().get().getPath();
      } catch (IOException | RuntimeException e) {
        return "none for this system: " + e.getMessage();
      }
    }
  }

  private boolean answersPing() {
    try {
      String answer = ask("PING");
      return answer.equals("PONG") || answer.startsWith("-NOAUTH");
    } catch (IOException e) {
      return false;
    }
  }

  private void signal(String signal) throws Exception {
    Process kill = new ProcessBuilder("kill", signal, "" + process.pid()).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  private static String answer(InputStream in) throws IOException {
    String line = line(in);
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+', ':' -> rest;
      case '$' -> rest.equals("-1") ? "nil" : bulk(in, Integer.parseInt(rest));
      case '*' -> {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(rest); i++) {
          all.add(answer(in));
        }
        yield all.toString();
      }
      default -> line;
    };
  }

  private static String bulk(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    line(in);
    return new String(bytes, UTF_8);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new IOException("Redis closed the connection");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }
}
