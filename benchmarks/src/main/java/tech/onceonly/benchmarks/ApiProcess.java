package tech.onceonly.benchmarks;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.testing.JavaProcess;

/** The project's server on a store, in a process of its own. */
final class ApiProcess implements AutoCloseable {

  static final String API_KEY = "bench-key";

  private static final Duration START_BOUND = Duration.ofSeconds(30);

  private final JavaProcess process;
  private final String baseUrl;

  private ApiProcess(JavaProcess process, String baseUrl) {
    this.process = process;
    this.baseUrl = baseUrl;
  }

  /**
   * Starts one.
   *
   * @param store as the server's own setting
   */
  static ApiProcess start(String store) {
    // A Redis has its own bound.
    String[] bound =
        store.startsWith("redis") ? new String[0] : new String[] {"--max-keys", "20000000"};
    JavaProcess process =
        JavaProcess.of("tech.onceonly.server.ServerMain")
            .arguments("--port", "0", "--api-key", API_KEY, "--store", store)
            .arguments(bound)
            .fullSpeed()
            .jvmOptions(List.of("-Xmx2g"))
            .start();
    try {
      String ready = process.awaitLine(line -> line.contains("ready at"), START_BOUND);
      return new ApiProcess(process, ready.substring(ready.indexOf("http")).trim());
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
  }

  String baseUrl() {
    return baseUrl;
  }

  int port() {
    return URI.create(baseUrl).getPort();
  }

  /** For a client of this server. */
  ClientOptions.Builder client() {
    return ClientOptions.builder().apiKey(API_KEY).baseUrl(baseUrl).failOpen(false);
  }

  @Override
  public void close() {
    process.close();
  }
}
