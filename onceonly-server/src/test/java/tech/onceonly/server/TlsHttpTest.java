package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in, and how what is wrong with the files is told. */
class TlsHttpTest {
  @TempDir static Path folder;
  private static TestCertificates certificates;

  @BeforeAll
  static void makeCertificates() throws Exception {
    certificates = new TestCertificates(folder);
    for (String name : new String[] {"server", "caller", "stranger"}) {
      certificates.make(name);
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
    try (OnceOnlyServer server =
        start(options().tlsClientAuthorities(certificates.certificate("caller")))) {
      assertThat(me(server, "caller").statusCode()).isEqualTo(200);
      assertThatThrownBy(() -> me(server, "stranger")).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> me(server, null)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aKeyOfAnotherCertificateIsTold() {
    assertThatThrownBy(
            () ->
                base().tls(certificates.certificate("server"), certificates.key("caller")).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not the key of tlsCertificate");
  }

  @Test
  void filesThatAreMissingOrMixedUpAreNamed() {
    assertThatThrownBy(() -> base().tls(folder.resolve("none"), certificates.key("server")).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tlsCertificate")
        .hasMessageContaining("none");
    assertThatThrownBy(
            () ->
                base().tls(certificates.key("server"), certificates.certificate("server")).build())
        .hasMessageContaining("holds no PEM \"CERTIFICATE\"");
    assertThatThrownBy(
            () -> base().tlsClientAuthorities(certificates.certificate("caller")).build())
        .hasMessageContaining("give tlsCertificate and tlsKey too");
  }

  private static ServerOptions.Builder base() {
    return Api.options();
  }

  private static ServerOptions.Builder options() {
    return base().tls(certificates.certificate("server"), certificates.key("server"));
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
    trusted.setCertificateEntry("server", certificates.load("server").getCertificate("server"));
    trust.init(trusted);
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    if (as != null) {
      keys.init(certificates.load(as), TestCertificates.PASSWORD);
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(as == null ? null : keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }
}
