package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerMainTest {
  private final List<OnceOnlyServer> started = new ArrayList<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path directory;

  @AfterEach
  void stop() {
    started.forEach(OnceOnlyServer::close);
  }

  @Test
  void threeLinesTellWhereItIsWhereKeysAreKeptAndHowItIsSet() throws Exception {
    assertThat(run(Map.of(), "--port", "0", "--api-key", "a", "--api-key", "b")).isZero();
    assertThat(out.toString().lines())
        .containsExactly(
            "OnceOnly server ready at http://127.0.0.1:%d/v1".formatted(port()),
            "Keys are kept in memory",
            "Settings: plan pro, duplicates 200, TLS off, metrics on, console on, at most 1,000,000"
                + " keys and 10,000 connections; tenants: without a name (2 API keys, 0 of them admin)");
    assertThat(err.toString()).isEmpty();
    assertThat(statusWith("a")).isEqualTo(200);
    assertThat(statusWith("b")).isEqualTo(200);
    assertThat(statusWith("c")).isEqualTo(403);
  }

  @Test
  void apiKeysComeFromTheEnvironmentToo() throws Exception {
    assertThat(run(Map.of("ONCEONLY_API_KEYS", "a, b,,"), "--port", "0")).isZero();
    assertThat(statusWith("a")).isEqualTo(200);
    assertThat(statusWith("b")).isEqualTo(200);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void adminKeysComeByOptionAndFromTheEnvironment() throws Exception {
    assertThat(
            run(
                Map.of("ONCEONLY_ADMIN_KEYS", "c"),
                "--port",
                "0",
                "--api-key",
                "a",
                "--admin-key",
                "b"))
        .isZero();
    assertThat(statusWith("b")).isEqualTo(200);
    assertThat(statusWith("c")).isEqualTo(200);
  }

  @Test
  void anAdminKeyThatIsAPlainOneTooIsRefused() {
    assertThat(run(Map.of(), "--port", "0", "--api-key", "a", "--admin-key", "a")).isEqualTo(2);
    assertThat(err.toString()).contains("a key of --admin-key is one of --api-key too");
  }

  @Test
  void everyOptionMayStandInAFileAndInTheEnvironment() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("server.properties"),
            """
            # what a team sets
            port = 0
            plan = free
            duplicate-status = 409
            api-key = a,b
            no-metrics = true
            console = off
            """);
    assertThat(run(Map.of("ONCEONLY_CONFIG", file.toString(), "ONCEONLY_PLAN", "agency"))).isZero();
    assertThat(out.toString())
        .contains("plan agency, duplicates 409, TLS off, metrics off, console off");
    assertThat(statusWith("b")).isEqualTo(200);
    assertThat(run(Map.of("ONCEONLY_PLAN", "agency"), "--config", file.toString(), "--plan=pro"))
        .isZero();
    assertThat(out.toString()).contains("plan pro, duplicates 409");
  }

  @Test
  void aFileThatCannotBeReadOrSetsWhatIsNoOptionIsTold() throws Exception {
    Path none = directory.resolve("none");
    assertThat(run(Map.of(), "--config=" + none)).isEqualTo(2);
    assertThat(err.toString()).contains("--config " + none + " can't be read");
    Path wrong = Files.writeString(directory.resolve("wrong"), "prot=8080\n");
    assertThat(run(Map.of("ONCEONLY_CONFIG", wrong.toString()))).isEqualTo(2);
    assertThat(err.toString()).contains("sets 'prot', which is no option");
    assertThat(started).isEmpty();
  }

  /** The client's variable is no API key of the server's. */
  @Test
  void theClientsApiKeyLetsNobodyIn() throws Exception {
    assertThat(run(Map.of("ONCEONLY_API_KEY", "client"), "--port", "0")).isZero();
    assertThat(statusWith("client")).isEqualTo(403);
    assertThat(err.toString().lines())
        .contains(
            "ONCEONLY_API_KEY is a client's and lets nobody in here: set ONCEONLY_API_KEYS to the"
                + " same, if its key is to be this server's");
  }

  @Test
  void theClientsApiKeyIsNoMatterWhereTheServerHasItsOwn() {
    Map<String, String> both = Map.of("ONCEONLY_API_KEY", "client", "ONCEONLY_API_KEYS", "a");
    assertThat(run(both, "--port", "0")).isZero();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void withoutAnApiKeyOneIsMadeAndPrinted() throws Exception {
    assertThat(run(Map.of(), "--port", "0")).isZero();
    String made = err.toString().replaceAll("(?s).*: (once_[0-9a-f]{32})\\s*", "$1");
    assertThat(made).startsWith("once_");
    assertThat(statusWith(made)).isEqualTo(200);
    assertThat(out.toString()).doesNotContain(made);
  }

  @Test
  void theStoreOfTheEnvironmentOutlivesTheServerAndAnOptionGoesBeforeIt() throws Exception {
    Map<String, String> environment = Map.of("ONCEONLY_STORE", "rocksdb:" + directory);
    assertThat(run(environment, "--port", "0", "--api-key", "a")).isZero();
    assertThat(out.toString()).contains("Keys are kept in rocksdb:" + directory);
    assertThat(claim("k")).contains("\"locked\"");

    assertThat(run(environment, "--port", "0", "--api-key", "a")).isEqualTo(1);
    assertThat(err.toString()).contains(directory + " is open in another process");
    assertThat(run(environment, "--port", "0", "--api-key", "a", "--store", "memory")).isZero();

    started.remove(0).close();
    assertThat(run(environment, "--port", "0", "--api-key", "a")).isZero();
    started.add(0, started.remove(started.size() - 1));
    assertThat(claim("k")).contains("\"duplicate\"");
  }

  @Test
  void aStoreThatCannotBeOpenedIsToldWithItsMend() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    assertThat(run(Map.of(), "--port", "0", "--api-key", "a", "--store", "rocksdb:" + file))
        .isEqualTo(1);
    assertThat(err.toString()).contains(file.toString()).contains("choose another");
    assertThat(started).isEmpty();
  }

  @Test
  void aServerThatFailsToListenLeavesItsStoreToTheNext() throws Exception {
    String store = "rocksdb:" + directory;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      String port = Integer.toString(taken.getLocalPort());
      assertThat(run(Map.of(), "--port", port, "--api-key", "a", "--store", store)).isEqualTo(2);
    }
    assertThat(run(Map.of(), "--port", "0", "--api-key", "a", "--store", store)).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "--plan, gold, --plan 'gold' is none of free",
    "--port, 70000, --port 70000",
    "--port, x, --port",
    "--max-keys, 0, --max-keys 0",
    "--store, redis, --store is neither memory",
    "--store, rocksdb:, --store is neither memory",
    "--store, 'redis://:secret@', --store redis: it is not redis[s]://",
    "--store, 'redis://a,b', --store redis: several nodes need",
    "--console, no, --console 'no' is neither on nor off",
    "--duplicate-status, 204, --duplicate-status 204",
    "--api-key, 'a b', --api-key or ONCEONLY_API_KEYS: a key",
    "--nonsense, 1, --nonsense",
    "--tls-key, none, --tls-certificate and --tls-key go together",
    "--tenants, none, --tenants file none can't be read"
  })
  void aBadSettingIsNamed(String option, String value, String told) {
    assertThat(run(Map.of("ONCEONLY_API_KEYS", "a"), option, value)).isEqualTo(2);
    assertThat(err.toString()).contains(told);
    assertThat(started).isEmpty();
  }

  @Test
  void helpNamesEverySetting() {
    assertThat(run(Map.of(), "--help")).isZero();
    assertThat(out.toString())
        .contains(
            "--port",
            "--host",
            "--api-key",
            "--plan",
            "--store",
            "--max-keys",
            "--console",
            "--duplicate-status");
    assertThat(started).isEmpty();
  }

  @Test
  void aTermSignalEndsTheProcessInGoodOrder() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                ServerMain.class.getName(),
                "--port",
                "0",
                "--store",
                "memory",
                "--api-key",
                "a")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).startsWith("OnceOnly server ready at http://127.0.0.1:");
      process.destroy();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  private int run(Map<String, String> environment, String... arguments) {
    Map<String, String> withStore = new HashMap<>(Map.of("ONCEONLY_STORE", "memory"));
    withStore.putAll(environment);
    return ServerMain.run(
        withStore,
        started::add,
        command -> command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)),
        arguments);
  }

  private int port() {
    return started.get(0).port();
  }

  private String claim(String key) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/v1/check-lock"))
            .header("Authorization", "Bearer a")
            .POST(HttpRequest.BodyPublishers.ofString("{\"key\":\"" + key + "\"}"))
            .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }

  private int statusWith(String apiKey) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/v1/me"))
            .header("Authorization", "Bearer " + apiKey)
            .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode();
  }
}
