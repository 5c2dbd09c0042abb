package tech.onceonly.client;

import io.vertx.core.net.JksOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.PfxOptions;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import org.jspecify.annotations.Nullable;

/**
 * The certificates that the server's is checked against, in place of the platform's.
 *
 * @param path the file
 * @param password of a PKCS#12 or JKS store; null for none. Never shown
 */
public record TrustStore(Path path, @Nullable String password, Type type) {

  /** The form of the file. */
  public enum Type {
    PKCS12,
    JKS,
    /** One or more certificates in text form. */
    PEM
  }

  /** Reads the file once, so that a wrong path or password fails at start. */
  TrustOptions load() {
    try (InputStream in = Files.newInputStream(path)) {
      if (type == Type.PEM) {
        if (CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
          throw new GeneralSecurityException("it holds no certificate");
        }
      } else {
        KeyStore.getInstance(type.name())
            .load(in, password == null ? null : password.toCharArray());
      }
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "The trust store "
              + path
              + " cannot be read as "
              + type
              + ": "
              + e
              + ". Check trustStore's path, password and type.",
          e);
    }
    return switch (type) {
      case PKCS12 -> new PfxOptions().setPath(path.toString()).setPassword(password);
      case JKS -> new JksOptions().setPath(path.toString()).setPassword(password);
      case PEM -> new PemTrustOptions().addCertPath(path.toString());
    };
  }

  @Override
  public String toString() {
    return "TrustStore[" + path + ", " + type + "]";
  }
}
