package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PfxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.IdempotencyKey;

/** Who is trusted, and which HTTP is spoken. */
class TlsTest {

  private static final String PASSWORD = "test-password";

  @TempDir static Path folder;
  private static Vertx vertx;
  private static Path keyStore;

  @BeforeAll
  static void makeCertificates() throws Exception {
    keyStore = folder.resolve("server.p12");
    keytool(
        "-genkeypair -alias api -keyalg EC -groupname secp256r1 -validity 30 -dname CN=localhost"
            + " -ext san=dns:localhost -storetype PKCS12 -keystore "
            + keyStore);
    keytool("-exportcert -rfc -alias api -keystore " + keyStore + " -file " + pem());
    for (String type : List.of("PKCS12", "JKS")) {
      keytool(
          "-importcert -noprompt -alias api -storetype "
              + type
              + " -keystore "
              + folder.resolve("trust." + type)
              + " -file "
              + pem());
    }
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void close() {
    vertx.close();
  }

  @Test
  void anUntrustedCertificateNeverFailsOpen() {
    try (OnceOnlyClient client = client("localhost", start(true), c -> c)) {
      for (int i = 0; i < 10; i++) {
        assertThatThrownBy(() -> client.sync().checkLock("k"))
            .isInstanceOf(UntrustedServerException.class)
            .hasMessageContaining("trustStore");
      }
      assertThat(
              client
                  .claimService()
                  .checkLock(
                      new ClaimRequest(
                          IdempotencyKey.of("k"), null, Map.of(), Duration.ofSeconds(30)))
                  .toCompletableFuture()
                  .join())
          .isInstanceOfSatisfying(
              ClaimAnswer.Refused.class,
              refused -> assertThat(refused.cause()).isInstanceOf(UntrustedServerException.class));
    }
  }

  @Test
  void aTrustedCertificateOfAnotherHostNeverFailsOpen() {
    TrustStore trust = new TrustStore(pem(), null, TrustStore.Type.PEM);
    try (OnceOnlyClient client = client("127.0.0.1", start(true), c -> c.withTrustStore(trust))) {
      assertThatThrownBy(() -> client.sync().checkLock("k"))
          .isInstanceOf(UntrustedServerException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(TrustStore.Type.class)
  void aTrustStoreIsEnough(TrustStore.Type type) {
    try (OnceOnlyClient client =
        client("localhost", start(true), c -> c.withTrustStore(trust(type)))) {
      assertThat(client.sync().checkLock("k")).isInstanceOf(CheckLockResult.Locked.class);
    }
  }

  @ParameterizedTest
  @EnumSource(HttpVersionSetting.class)
  void overTlsTheServersOfferDecides(HttpVersionSetting setting) {
    Queue<HttpVersion> seen = new ConcurrentLinkedQueue<>();
    HttpServer server = start(true, seen);
    try (OnceOnlyClient client =
        client(
            "localhost",
            server,
            c -> c.withTrustStore(trust(TrustStore.Type.PEM)).withHttpVersion(setting))) {
      assertThat(client.sync().checkLock("k")).isInstanceOf(CheckLockResult.Locked.class);
      assertThat(seen)
          .containsExactly(
              setting == HttpVersionSetting.HTTP_1_1 ? HttpVersion.HTTP_1_1 : HttpVersion.HTTP_2);
    }
  }

  @Test
  void overTlsAnOldServerIsSpokenToInHttp11() {
    Queue<HttpVersion> seen = new ConcurrentLinkedQueue<>();
    HttpServer server =
        listen(tls(new HttpServerOptions().setAlpnVersions(List.of(HttpVersion.HTTP_1_1))), seen);
    try (OnceOnlyClient client =
        client("localhost", server, c -> c.withTrustStore(trust(TrustStore.Type.PEM)))) {
      assertThat(client.sync().checkLock("k")).isInstanceOf(CheckLockResult.Locked.class);
      assertThat(seen).containsExactly(HttpVersion.HTTP_1_1);
    }
  }

  @Test
  void withoutTlsHttp2IsSpokenByPriorKnowledge() {
    Queue<HttpVersion> seen = new ConcurrentLinkedQueue<>();
    HttpServer server = start(false, seen);
    ClientOptions options =
        options("http://localhost:" + server.actualPort())
            .connections(ConnectionOptions.DEFAULTS.withHttpVersion(HttpVersionSetting.HTTP_2))
            .build();
    try (OnceOnlyClient client = OnceOnlyClient.create(options)) {
      var calls = java.util.stream.IntStream.range(0, 500).mapToObj(i -> client.checkLock("k" + i));
      calls
          .toList()
          .forEach(
              call ->
                  assertThat(call)
                      .succeedsWithin(Duration.ofSeconds(30))
                      .isInstanceOf(CheckLockResult.Locked.class));
      assertThat(seen).hasSize(500).containsOnly(HttpVersion.HTTP_2);
    }
  }

  @Test
  void aTrustStoreThatCannotBeReadFailsAtStart() {
    TrustStore missing =
        new TrustStore(folder.resolve("none.p12"), PASSWORD, TrustStore.Type.PKCS12);
    TrustStore wrong =
        new TrustStore(folder.resolve("trust.PKCS12"), "guess", TrustStore.Type.PKCS12);
    for (TrustStore trust : List.of(missing, wrong)) {
      ClientOptions options =
          options("https://localhost")
              .connections(ConnectionOptions.DEFAULTS.withTrustStore(trust))
              .build();
      assertThatThrownBy(() -> OnceOnlyClient.create(options))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(trust.path().toString())
          .hasMessageNotContaining("guess");
    }
    assertThat(wrong.toString()).doesNotContain("guess");
  }

  private interface Change {
    ConnectionOptions of(ConnectionOptions connections);
  }

  private static OnceOnlyClient client(String host, HttpServer server, Change change) {
    return OnceOnlyClient.create(
        options("https://" + host + ":" + server.actualPort())
            .connections(change.of(ConnectionOptions.DEFAULTS))
            .build());
  }

  private static ClientOptions.Builder options(String url) {
    return ClientOptions.builder()
        .environment(Map.of())
        .apiKey("secret-key-1")
        .baseUrl(url)
        .requestTimeout(Duration.ofSeconds(30));
  }

  private static HttpServer start(boolean tls) {
    return start(tls, new ConcurrentLinkedQueue<>());
  }

  private static HttpServer start(boolean tls, Queue<HttpVersion> seen) {
    HttpServerOptions options = new HttpServerOptions();
    return listen(tls ? tls(options) : options, seen);
  }

  private static HttpServerOptions tls(HttpServerOptions options) {
    return options
        .setSsl(true)
        .setUseAlpn(true)
        .setKeyCertOptions(new PfxOptions().setPath(keyStore.toString()).setPassword(PASSWORD));
  }

  private static HttpServer listen(HttpServerOptions options, Queue<HttpVersion> seen) {
    return vertx
        .createHttpServer(options)
        .requestHandler(
            request -> {
              seen.add(request.version());
              request.response().end("{\"status\":\"locked\"}");
            })
        .listen(0, "localhost")
        .toCompletionStage()
        .toCompletableFuture()
        .join();
  }

  private static TrustStore trust(TrustStore.Type type) {
    return type == TrustStore.Type.PEM
        ? new TrustStore(pem(), null, type)
        : new TrustStore(folder.resolve("trust." + type), PASSWORD, type);
  }

  private static Path pem() {
    return folder.resolve("server.pem");
  }

  private static void keytool(String arguments) throws IOException, InterruptedException {
    Path log = Files.createTempFile(folder, "keytool", ".log");
    String tool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    List<String> command = new java.util.ArrayList<>(List.of(tool));
    command.addAll(List.of(arguments.split(" ", -1)));
    command.addAll(List.of("-storepass", PASSWORD));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).describedAs(Files.readString(log)).isZero();
  }
}
