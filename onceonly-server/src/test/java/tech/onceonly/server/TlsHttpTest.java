package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in, and how what is wrong with the files is told. */
class TlsHttpTest {
  private static final char[] PASSWORD = "test-password".toCharArray();

  @TempDir static Path folder;

  @BeforeAll
  static void makeCertificates() throws Exception {
    for (String name : new String[] {"server", "caller", "stranger"}) {
      keytool(
          "-genkeypair -alias %s -keyalg EC -groupname secp256r1 -validity 30 -dname CN=%s"
                  .formatted(name, name)
              + " -ext san=ip:127.0.0.1 -storetype PKCS12 -keystore "
              + keyStore(name));
      keytool(
          "-exportcert -rfc -alias %s -keystore %s -file %s"
              .formatted(name, keyStore(name), certificate(name)));
      writeKey(name);
    }
  }

  @Test
  void withTlsTheApiIsTheSameAndHttp2IsOffered() throws Exception {
    try (OnceOnlyServer server = start(options())) {
      assertThat(server.baseUrl().getScheme()).isEqualTo("https");
      HttpResponse<String> answer = me(server, null);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
    }
  }

  @Test
  void whereCallersMustShowACertificateAStrangerIsNotLetIn() throws Exception {
    try (OnceOnlyServer server = start(options().tlsClientAuthorities(certificate("caller")))) {
      assertThat(me(server, "caller").statusCode()).isEqualTo(200);
      assertThatThrownBy(() -> me(server, "stranger")).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> me(server, null)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aKeyOfAnotherCertificateIsTold() {
    assertThatThrownBy(() -> base().tls(certificate("server"), key("caller")).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not the key of tlsCertificate");
  }

  @Test
  void filesThatAreMissingOrMixedUpAreNamed() {
    assertThatThrownBy(() -> base().tls(folder.resolve("none"), key("server")).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tlsCertificate")
        .hasMessageContaining("none");
    assertThatThrownBy(() -> base().tls(key("server"), certificate("server")).build())
        .hasMessageContaining("holds no PEM \"CERTIFICATE\"");
    assertThatThrownBy(() -> base().tlsClientAuthorities(certificate("caller")).build())
        .hasMessageContaining("give tls(certificate, key) too");
  }

  private static ServerOptions.Builder base() {
    return Api.options();
  }

  private static ServerOptions.Builder options() {
    return base().tls(certificate("server"), key("server"));
  }

  private static OnceOnlyServer start(ServerOptions.Builder options) {
    return OnceOnlyServer.start(options.build());
  }

  /**
   * Asks as a client would that trusts the server's certificate.
   *
   * @param as whose certificate is shown; null for none
   */
  private static HttpResponse<String> me(OnceOnlyServer server, String as) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.baseUrl() + "/me"))
            .header("Authorization", "Bearer " + Api.API_KEY)
            .build();
    return HttpClient.newBuilder()
        .sslContext(contextOf(as))
        .build()
        .send(request, BodyHandlers.ofString());
  }

  private static SSLContext contextOf(String as) throws Exception {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", load("server").getCertificate("server"));
    trust.init(trusted);
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    if (as != null) {
      keys.init(load(as), PASSWORD);
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(as == null ? null : keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static void writeKey(String name) throws Exception {
    byte[] pkcs8 = load(name).getKey(name, PASSWORD).getEncoded();
    Files.writeString(
        key(name),
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pkcs8)
            + "\n-----END PRIVATE KEY-----\n");
  }

  private static KeyStore load(String name) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keyStore(name))) {
      store.load(in, PASSWORD);
    }
    return store;
  }

  private static Path keyStore(String name) {
    return folder.resolve(name + ".p12");
  }

  private static Path certificate(String name) {
    return folder.resolve(name + ".pem");
  }

  private static Path key(String name) {
    return folder.resolve(name + ".key");
  }

  private static void keytool(String arguments) throws Exception {
    String tool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    Process process =
        new ProcessBuilder(
                (tool + " " + arguments + " -storepass " + new String(PASSWORD)).split(" "))
            .redirectErrorStream(true)
            .start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(told).isZero();
  }
}
