package tech.onceonly.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.client.CheckLockResult;
import tech.onceonly.client.ClientCertificateException;
import tech.onceonly.client.ClientKeyStore;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.ConnectionOptions;
import tech.onceonly.client.HttpVersionSetting;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.client.TrustStore;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.OnceOnlyKafka;
import tech.onceonly.kafka.RefusedException;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;

/** The project's server, which lets in nobody without a certificate, and the project's client. */
@Timeout(60)
class ClientCertificateTest {

  private static final String PASSWORD = "test-password";

  @TempDir static Path folder;
  private static OnceOnlyServer server;

  @BeforeAll
  static void start() throws Exception {
    for (String name : List.of("server", "caller", "stranger")) {
      make(name);
    }
    keytool(
        "-importkeystore -srckeystore %s -srcstorepass %s -deststoretype JKS -destkeystore %s"
            .formatted(file("caller.p12"), PASSWORD, file("caller.jks")));
    server =
        OnceOnlyServer.start(
            ServerOptions.builder()
                .port(0)
                .apiKey("key")
                .tls(file("server.crt"), file("server.key"))
                .tlsClientAuthorities(file("caller.crt"))
                .build());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @EnumSource
  void whoShowsOneOfTheServersAuthorityIsLetIn(ClientKeyStore.Type type) {
    for (HttpVersionSetting version : HttpVersionSetting.values()) {
      ConnectionOptions connections = connections(caller(type)).withHttpVersion(version);
      try (OnceOnlyClient client = client(connections)) {
        assertThat(client.sync().checkLock(type + "/" + version))
            .isInstanceOf(CheckLockResult.Locked.class);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoShowsNoneIsRefusedAndNeverFailsOpen(HttpVersionSetting version) {
    try (OnceOnlyClient client = client(connections(null).withHttpVersion(version))) {
      for (int i = 0; i < 10; i++) {
        assertThatThrownBy(() -> client.sync().checkLock("k"))
            .isInstanceOf(ClientCertificateException.class)
            .hasMessageContaining("keyStore");
      }
      assertThat(
              client
                  .claimService()
                  .lease(
                      new ClaimRequest(
                          IdempotencyKey.of("k"), null, Map.of(), Duration.ofSeconds(30)))
                  .toCompletableFuture()
                  .join())
          .isInstanceOf(ClaimAnswer.Refused.class);
    }
  }

  @Test
  void soIsWhoShowsAStrangers() {
    ClientKeyStore stranger =
        new ClientKeyStore(file("stranger.p12"), PASSWORD, ClientKeyStore.Type.PKCS12);
    try (OnceOnlyClient client = client(connections(stranger))) {
      assertThatThrownBy(() -> client.sync().checkLock("k"))
          .isInstanceOf(ClientCertificateException.class);
    }
  }

  @Test
  void aConsumerDoesNotStartWithoutOne() {
    KafkaOptions options =
        KafkaOptions.builder()
            .groupId("billing")
            .autoCommit(false)
            .client(options(connections(null)))
            .build();
    assertThatThrownBy(() -> OnceOnlyKafka.on(new MockConsumer<>("earliest"), options))
        .isInstanceOf(RefusedException.class)
        .hasCauseInstanceOf(ClientCertificateException.class);
  }

  @Test
  void whatIsWrongWithTheFileIsToldWhenTheClientIsMade() throws Exception {
    Path mixed = Files.writeString(file("mixed.pem"), read("caller.crt") + read("stranger.key"));
    refuses(file("none.p12"), PASSWORD, ClientKeyStore.Type.PKCS12, "NoSuchFileException");
    refuses(file("caller.p12"), "guess", ClientKeyStore.Type.PKCS12, "password was incorrect");
    refuses(file("caller.jks"), "guess", ClientKeyStore.Type.JKS, "password was incorrect");
    refuses(file("caller.p12"), null, ClientKeyStore.Type.PKCS12, "cannot be read as PKCS12");
    refuses(file("trust.p12"), PASSWORD, ClientKeyStore.Type.PKCS12, "holds no private key");
    refuses(file("caller.crt"), null, ClientKeyStore.Type.PEM, "holds no \"PRIVATE KEY\"");
    refuses(file("caller.key"), null, ClientKeyStore.Type.PEM, "holds no \"CERTIFICATE\"");
    refuses(mixed, null, ClientKeyStore.Type.PEM, "its key is not that of its first certificate");
    refuses(file("caller.pem"), "guess", ClientKeyStore.Type.PEM, "without a password");
    Path older =
        Files.writeString(
            file("older.pem"), read("caller.pem").replace("PRIVATE KEY", "EC PRIVATE KEY"));
    refuses(older, null, ClientKeyStore.Type.PEM, "give it as PKCS #8");
  }

  private static void refuses(
      Path path, String password, ClientKeyStore.Type type, String expected) {
    ClientKeyStore store = new ClientKeyStore(path, password, type);
    assertThatThrownBy(() -> client(connections(store)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining("Check keyStore's path, password and type")
        .hasMessageContaining(expected)
        .hasMessageNotContaining("guess");
    assertThat(options(connections(store)).toString()).doesNotContain("guess", PASSWORD);
    assertThat(store.toString()).doesNotContain("guess", PASSWORD);
  }

  private static ClientKeyStore caller(ClientKeyStore.Type type) {
    return switch (type) {
      case PKCS12 -> new ClientKeyStore(file("caller.p12"), PASSWORD, type);
      case JKS -> new ClientKeyStore(file("caller.jks"), PASSWORD, type);
      case PEM -> new ClientKeyStore(file("caller.pem"), null, type);
    };
  }

  private static ConnectionOptions connections(ClientKeyStore own) {
    return ConnectionOptions.DEFAULTS
        .withTrustStore(new TrustStore(file("server.crt"), null, TrustStore.Type.PEM))
        .withKeyStore(own);
  }

  private static OnceOnlyClient client(ConnectionOptions connections) {
    return OnceOnlyClient.create(options(connections));
  }

  private static ClientOptions options(ConnectionOptions connections) {
    return ClientOptions.builder()
        .environment(Map.of())
        .apiKey("key")
        .baseUrl(server.baseUrl().toString())
        .requestTimeout(Duration.ofSeconds(30))
        .connections(connections)
        .build();
  }

  /** NAME.p12 with both, NAME.crt, NAME.key, and NAME.pem with both; trust.p12 without a key. */
  private static void make(String name) throws Exception {
    Path store = file(name + ".p12");
    keytool(
        "-genkeypair -alias %s -keyalg EC -groupname secp256r1 -validity 30 -dname CN=%s -ext"
                .formatted(name, name)
            + " san=ip:127.0.0.1 -storetype PKCS12 -keystore "
            + store);
    keytool(
        "-exportcert -rfc -alias %s -keystore %s -file %s"
            .formatted(name, store, file(name + ".crt")));
    keytool(
        "-importcert -noprompt -alias %s -storetype PKCS12 -keystore %s -file %s"
            .formatted(name, file("trust.p12"), file(name + ".crt")));
    KeyStore loaded = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      loaded.load(in, PASSWORD.toCharArray());
    }
    byte[] pkcs8 = loaded.getKey(name, PASSWORD.toCharArray()).getEncoded();
    Files.writeString(
        file(name + ".key"),
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pkcs8)
            + "\n-----END PRIVATE KEY-----\n");
    Files.writeString(file(name + ".pem"), read(name + ".key") + read(name + ".crt"));
  }

  private static Path file(String name) {
    return folder.resolve(name);
  }

  private static String read(String name) throws Exception {
    return Files.readString(file(name));
  }

  private static void keytool(String arguments) throws Exception {
    String tool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    Process process =
        new ProcessBuilder((tool + " " + arguments + " -storepass " + PASSWORD).split(" "))
            .redirectErrorStream(true)
            .start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(told).isZero();
  }
}
