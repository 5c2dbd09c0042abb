package tech.onceonly.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static tech.onceonly.server.Setting.TLS_CERTIFICATE;
import static tech.onceonly.server.Setting.TLS_CLIENT_AUTHORITIES;
import static tech.onceonly.server.Setting.TLS_KEY;
import static tech.onceonly.server.SettingException.check;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What TLS needs, read from files in PEM once: the certificate with its chain, its private key, and
 * the authorities that sign the callers' certificates, where those have to show one.
 */
final class TlsFiles {
  private static final Pattern PKCS_8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]*)-----END PRIVATE KEY-----");

  private final byte[] certificate;
  private final byte[] key;
  private final byte @Nullable [] clientAuthorities;

  private TlsFiles(Path certificate, Path key, @Nullable Path clientAuthorities) {
    this.certificate = read(TLS_CERTIFICATE, certificate, "CERTIFICATE");
    this.key = read(TLS_KEY, key, "PRIVATE KEY");
    this.clientAuthorities =
        clientAuthorities == null
            ? null
            : read(TLS_CLIENT_AUTHORITIES, clientAuthorities, "CERTIFICATE");
    check(
        isPair(this.certificate, this.key),
        "%s %s is not the key of %s %s: give its own",
        TLS_KEY,
        key,
        TLS_CERTIFICATE,
        certificate);
  }

  /**
   * Reads them; null where there is to be no TLS.
   *
   * @throws IllegalArgumentException naming the setting and the mend
   */
  static @Nullable TlsFiles of(
      @Nullable Path certificate, @Nullable Path key, @Nullable Path clientAuthorities) {
    check(
        (certificate == null) == (key == null),
        "%s and %s go together: give both, or none for no TLS",
        TLS_CERTIFICATE,
        TLS_KEY);
    check(
        clientAuthorities == null || certificate != null,
        "%s is for TLS: give %s and %s too",
        TLS_CLIENT_AUTHORITIES,
        TLS_CERTIFICATE,
        TLS_KEY);
    return certificate == null || key == null
        ? null
        : new TlsFiles(certificate, key, clientAuthorities);
  }

  void applyTo(HttpServerOptions options) {
    options
        .setSsl(true)
        .setUseAlpn(true)
        .setKeyCertOptions(
            new PemKeyCertOptions()
                .setCertValue(Buffer.buffer(certificate))
                .setKeyValue(Buffer.buffer(key)));
    if (clientAuthorities != null) {
      options
          .setClientAuth(ClientAuth.REQUIRED)
          .setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(clientAuthorities)));
    }
  }

  /** For people. */
  @Override
  public String toString() {
    return clientAuthorities == null ? "on" : "on, callers show a certificate";
  }

  private static byte[] read(Setting setting, Path file, String holds) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new SettingException(e, "%s %s can't be read: %s", setting, file, FileFaults.told(e));
    }
    // What else may be wrong is told by whoever parses it; this is what people mix up.
    check(
        new String(bytes, ISO_8859_1).contains(holds + "-----"),
        "%s %s holds no PEM \"%s\": give it one",
        setting,
        file,
        holds);
    return bytes;
  }

  /** A pair that is none would be found out by the callers, one handshake after the other. */
  private static boolean isPair(byte[] certificate, byte[] key) {
    Matcher pkcs8 = PKCS_8.matcher(new String(key, ISO_8859_1));
    if (!pkcs8.find()) {
      return true; // of an older form, which Vert.x reads and the JDK does not
    }
    try {
      PublicKey known =
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(certificate))
              .getPublicKey();
      PrivateKey secret =
          KeyFactory.getInstance(known.getAlgorithm())
              .generatePrivate(
                  new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pkcs8.group(1))));
      Signature signature = Signature.getInstance(signatureOf(known.getAlgorithm()));
      signature.initSign(secret);
      signature.update(certificate);
      byte[] signed = signature.sign();
      signature.initVerify(known);
      signature.update(certificate);
      return signature.verify(signed);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new SettingException(
          e,
          "%s and %s are no X.509 certificate and PKCS #8 key of one kind: %s",
          TLS_CERTIFICATE,
          TLS_KEY,
          e);
    }
  }

  private static String signatureOf(String algorithm) {
    return switch (algorithm) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      default -> algorithm;
    };
  }
}
