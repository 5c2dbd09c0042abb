package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A setting that is wrong is told in the words of where it was made, and nothing buries that. */
class CommandSettingsTest {
  private static final String HELP = "onceonly server --help tells the options";

  private final List<OnceOnlyServer> started = new ArrayList<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path directory;

  @AfterEach
  void stop() {
    started.forEach(OnceOnlyServer::close);
  }

  @ParameterizedTest
  @CsvSource({
    "--plan, gold, 'gold' is none of free",
    "--port, 70000, '70000 is not within 0 to 65535'",
    "--port, x, 'x' is not an int",
    "--host, 999.1.1.1, '999.1.1.1' is no address",
    "--host, nowhere.invalid, 'nowhere.invalid' is no address",
    "--host, 192.0.2.1, 192.0.2.1 can't be listened on",
    "--max-keys, 0, 0 is below 1",
    "--max-keys, many, 'many' is not an int",
    "--store, redis, is neither memory",
    "--store, 'redis://:secret@', 'redis: it is not redis[s]://'",
    "--console, no, 'no' is neither on nor off",
    "--no-metrics, maybe, 'maybe' is not a boolean",
    "--duplicate-status, 204, 204 is neither 200 nor 409",
    "--tls-key, none, go together",
    "--tls-client-authorities, none, is for TLS",
    "--tenants, none, file none can't be read"
  })
  void whatIsWrongIsNamedWhereItWasSet(String option, String value, String told) throws Exception {
    String name = option.substring(2);
    String variable = "ONCEONLY_" + name.replace('-', '_').toUpperCase(Locale.ROOT);
    assertThat(run(Map.of("ONCEONLY_API_KEYS", "a", variable, value))).isEqualTo(2);
    assertThat(error()).contains(variable).contains(told).doesNotContain(option + " ", "secret");

    Path file = Files.writeString(directory.resolve("set"), name + " = " + value + "\n");
    assertThat(
            run(
                Map.of(
                    "ONCEONLY_API_KEYS",
                    "a",
                    "ONCEONLY_CONFIG",
                    file.toString(),
                    "ONCEONLY_STORE",
                    "")))
        .isEqualTo(2);
    assertThat(error())
        .contains(name + " (" + file + ")")
        .contains(told)
        .doesNotContain(option + " ", variable);

    assertThat(run(Map.of("ONCEONLY_API_KEYS", "a"), option + "=" + value)).isEqualTo(2);
    assertThat(error()).contains(option).contains(told).doesNotContain(variable);
    assertThat(started).isEmpty();
  }

  @Test
  void aPortInUseIsNamedWhereItWasSet() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      String told = " of --host 127.0.0.1 can't be listened on (Address already in use";
      assertThat(run(Map.of("ONCEONLY_API_KEYS", "a"), "--port", port)).isEqualTo(2);
      assertThat(error().lines())
          .hasSize(2)
          .first(InstanceOfAssertFactories.STRING)
          .startsWith("error: --port " + port + told)
          .contains("choose another port");
      assertThat(run(Map.of("ONCEONLY_API_KEYS", "a", "ONCEONLY_PORT", port))).isEqualTo(2);
      assertThat(error()).contains("error: ONCEONLY_PORT " + port + told);
      Path file = Files.writeString(directory.resolve("set"), "port = " + port + "\n");
      assertThat(run(Map.of("ONCEONLY_API_KEYS", "a"), "--config", file.toString())).isEqualTo(2);
      assertThat(error()).contains("error: port (" + file + ") " + port + told);
    }
    assertThat(started).isEmpty();
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void whatAnOptionGoesBeforeIsNotReadAtAll() {
    Map<String, String> wrong = Map.of("ONCEONLY_API_KEYS", "a", "ONCEONLY_PORT", "x");
    assertThat(run(wrong, "--port", "0")).isZero();
    assertThat(run(wrong, "--port", "70000")).isEqualTo(2);
    assertThat(error()).contains("--port 70000").doesNotContain("ONCEONLY_PORT");
  }

  @Test
  void anApiKeyThatIsWrongIsNamedWhereItWasSetAndNotShown() throws Exception {
    assertThat(run(Map.of("ONCEONLY_API_KEYS", "secret 1"))).isEqualTo(2);
    assertThat(error()).contains("ONCEONLY_API_KEYS").doesNotContain("secret", "--api-key");
    assertThat(run(Map.of("ONCEONLY_API_KEYS", "a", "ONCEONLY_ADMIN_KEYS", "secret 1")))
        .isEqualTo(2);
    assertThat(error()).contains("ONCEONLY_ADMIN_KEYS").doesNotContain("secret", "API_KEYS is");
    Path file = Files.writeString(directory.resolve("set"), "admin-key = secret 1\n");
    assertThat(run(Map.of("ONCEONLY_API_KEYS", "a"), "--config", file.toString())).isEqualTo(2);
    assertThat(error()).contains("admin-key (" + file + ")").doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource({"--port=x", "--nonsense", "--plan=gold", "--port=70000", "--config=none", "--port"})
  void anErrorIsTwoLinesOfWhichTheSecondNamesTheHelp(String argument) {
    assertThat(run(Map.of(), argument)).isEqualTo(2);
    assertThat(error().lines()).hasSize(2).last().isEqualTo(HELP);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void anAdminKeyAloneIsEnoughAndNoOtherIsMade() {
    assertThat(run(Map.of(), "--port", "0", "--admin-key", "b")).isZero();
    assertThat(error()).isEmpty();
    assertThat(out.toString()).contains("without a name (1 API keys, 1 of them admin)");
  }

  /** It would be the administrator of a tenant that has no keys. */
  @Test
  void anAdminKeyBesideTenantsNeedsAnApiKey() throws Exception {
    String hash = Auth.digestOf("k");
    Path file =
        Files.writeString(
            directory.resolve("tenants"),
            "{\"tenants\":[{\"name\":\"shop\",\"keys\":[{\"sha256\":\"" + hash + "\"}]}]}");
    String[] tenants = {"--port=0", "--tenants=" + file, "--admin-key=b"};
    assertThat(run(Map.of(), tenants)).isEqualTo(2);
    assertThat(error()).contains("--admin-key is").contains("--tenants has", "give --api-key too");
    assertThat(run(Map.of("ONCEONLY_API_KEYS", "a"), tenants)).isZero();
    assertThat(out.toString()).contains("without a name (2 API keys, 1 of them admin), shop");
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

  /** What has been told since it was asked last. */
  private String error() {
    String told = err.toString();
    err.getBuffer().setLength(0);
    return told;
  }
}
