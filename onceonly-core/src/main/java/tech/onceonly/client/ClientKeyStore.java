package tech.onceonly.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Collections;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The client's own certificate and its private key, for a server that lets in nobody without one.
 *
 * @param path the file
 * @param password of a PKCS#12 or JKS store and of the key in it; null for none. Never shown
 */
public record ClientKeyStore(Path path, @Nullable String password, Type type) {

  /** The form of the file. */
  public enum Type {
    PKCS12,
    JKS,
    /**
     * In text form: the private key (PKCS #8, without a password), its certificate, and those
     * between that and its authority, in one file.
     */
    PEM
  }

  /**
   * Reads the file, as a client does when it is made.
   *
   * @throws IllegalArgumentException if it is not there, holds no certificate with its key, or is
   *     not opened by the password
   */
  public void check() {
    load();
  }

  /** Reads the file once, so that a wrong path or password fails at start. */
  X509KeyManager load() {
    char[] secret = password == null ? new char[0] : password.toCharArray();
    try {
      KeyStore store = type == Type.PEM ? PemKeyStore.read(path, password) : opened(secret);
      if (Collections.list(store.aliases()).stream().noneMatch(alias -> hasKey(store, alias))) {
        throw new GeneralSecurityException("it holds no private key with a certificate");
      }
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(store, secret);
      for (KeyManager manager : managers.getKeyManagers()) {
        if (manager instanceof X509KeyManager keys) {
          return keys;
        }
      }
      throw new GeneralSecurityException("no key manager takes it");
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "The key store "
              + path
              + " cannot be read as "
              + type
              + ": "
              + e
              + ". Check keyStore's path, password and type.",
          e);
    }
  }

  private KeyStore opened(char[] secret) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(type.name());
    try (InputStream in = Files.newInputStream(path)) {
      store.load(in, secret);
    }
    return store;
  }

  private static boolean hasKey(KeyStore store, String alias) {
    try {
      return store.isKeyEntry(alias) && store.getCertificateChain(alias) != null;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a key store that has been loaded tells what it holds", e);
    }
  }

  @Override
  public String toString() {
    return "ClientKeyStore[" + path + ", " + type + "]";
  }
}
