package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A server in a process of its own, which lets the API key "key" in. */
record ServerProcess(Process process, String baseUrl) implements AutoCloseable {
  static ServerProcess start(String store) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ServerMain.class.getName(),
                "--port=0",
                "--api-key=key",
                "--store=" + store)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String ready =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
            .readLine();
    assertThat(ready).startsWith("OnceOnly server ready at http://");
    return new ServerProcess(process, ready.substring(ready.indexOf("http")));
  }

  /** By the signal that no process can hold up. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
