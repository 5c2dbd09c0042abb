package tech.onceonly.client;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/**
 * What the client shows to a server that asks for a certificate, and whether one has asked. Over
 * HTTP/2 a server that does not like what it was shown, or was shown nothing, is seen as a closed
 * connection alone: its alert comes after our side of the handshake, and Vert.x does not pass it
 * on. Thread-safe.
 */
final class OwnCertificate extends X509ExtendedKeyManager {

  private final @Nullable X509KeyManager keys;
  private volatile boolean asked;

  /**
   * @param keys null where there are none to show
   */
  OwnCertificate(@Nullable X509KeyManager keys) {
    this.keys = keys;
  }

  /** Whether a server has asked in a handshake, and has answered no call since. */
  boolean isAskedFor() {
    return asked;
  }

  /** The server has let us in. */
  void letIn() {
    if (asked) {
      asked = false;
    }
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
    asked = true;
    return keys == null ? null : keys.chooseClientAlias(keyTypes, issuers, null);
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
    asked = true;
    return keys == null ? null : keys.chooseClientAlias(keyTypes, issuers, socket);
  }

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return keys == null ? null : keys.getClientAliases(keyType, issuers);
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    return keys == null ? null : keys.getCertificateChain(alias);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    return keys == null ? null : keys.getPrivateKey(alias);
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null; // a client is no server
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }
}
