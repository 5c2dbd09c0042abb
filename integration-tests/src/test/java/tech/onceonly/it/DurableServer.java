package tech.onceonly.it;

import static tech.onceonly.testing.Await.PATIENCE;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import tech.onceonly.testing.JavaProcess;

/** The OnceOnly server in a process of its own, on disk: killed, it comes back where it was. */
public final class DurableServer implements AutoCloseable {

  public static final String API_KEY = "it-key";

  private final Path directory;
  private JavaProcess process;
  private URI baseUrl;

  /** Starts it; it keeps its claims here. */
  public DurableServer(Path directory) {
    this.directory = directory;
    start(0);
  }

  public URI baseUrl() {
    return baseUrl;
  }

  /** Ends it as a power cut would; calls are refused until {@link #restart}. */
  public void kill() {
    process.kill();
  }

  /** On the same port, with what it had acknowledged. */
  public void restart() {
    start(baseUrl.getPort());
  }

  @Override
  public void close() {
    process.close();
  }

  private void start(int port) {
    process =
        JavaProcess.of("tech.onceonly.server.ServerMain")
            .jvmOptions(List.of("-Xmx256m"))
            .arguments("--port", String.valueOf(port), "--api-key", API_KEY)
            .arguments("--store", "rocksdb:" + directory)
            .start();
    String line = process.awaitLine(each -> each.contains("ready at"), PATIENCE);
    baseUrl = URI.create(line.substring(line.indexOf("http")).trim());
  }
}
