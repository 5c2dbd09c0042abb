package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.server.store.RealRedis;

/** A server in a process of its own, started before its Redis. */
class LateRedisTest {
  private Process process;
  private BufferedReader err;
  private BufferedReader out;

  @AfterEach
  void kill() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  @Test
  void whatItWaitsForIsToldOnceAndThenItStarts() throws Exception {
    try (RealRedis redis = RealRedis.start()) {
      redis.kill();
      try (ServerSocket inItsPlace =
          new ServerSocket(redis.port(), 1, InetAddress.getLoopbackAddress())) {
        inItsPlace.setSoTimeout(30_000);
        start(redis.url() + "?start-timeout-ms=600000");
        String told = err.readLine();
        assertThat(told)
            .contains("The store redis://127.0.0.1:" + redis.port() + "/0 can't be reached")
            .contains("trying again for up to 600000 ms");
        // Some further tries.
        for (int i = 0; i < 3; i++) {
          endNextConnection(inItsPlace);
        }
      }
      redis.run();
      assertThat(err.readLine()).contains("is there");
      assertThat(out.readLine()).startsWith("OnceOnly server ready at http://");
    }
  }

  @Test
  void aTermSignalEndsItMeanwhile() throws Exception {
    start("redis://127.0.0.1:1?start-timeout-ms=600000");
    assertThat(err.readLine()).contains("trying again");
    process.destroy();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(128 + 15);
  }

  private void start(String store) throws Exception {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                ServerMain.class.getName(),
                "--port=0",
                "--api-key=a",
                "--store=" + store)
            .start();
    out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    err =
        new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
  }

  private static void endNextConnection(ServerSocket listening) throws Exception {
    try (Socket socket = listening.accept()) {
      assertThat(socket.getInputStream().read()).isPositive();
    }
  }
}
