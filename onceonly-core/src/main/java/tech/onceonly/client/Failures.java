package tech.onceonly.client;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.Set;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import tech.onceonly.OutageReason;

/** Names what went wrong below HTTP. */
final class Failures {

  private static final int MAX_CAUSES = 20;

  /** As the JDK words what the other side has sent. */
  private static final String ALERT = "Received fatal alert:";

  /** RFC 8446, 6.2, as the JDK names them: those about a certificate of ours. */
  private static final Set<String> CERTIFICATE_ALERTS =
      Set.of(
          "certificate_required",
          "bad_certificate",
          "unsupported_certificate",
          "certificate_revoked",
          "certificate_expired",
          "certificate_unknown",
          "unknown_ca",
          "access_denied");

  private Failures() {}

  /**
   * @param sent whether the request may have left
   * @param asked whether the server has asked for a certificate of the client's, and let nobody in
   *     since
   */
  static OnceOnlyException of(Throwable cause, boolean sent, boolean asked) {
    if (isUntrusted(cause)) {
      return new UntrustedServerException(
          "the server's certificate does not verify ("
              + cause.getMessage()
              + "): check the base URL's host, or set trustStore",
          cause);
    }
    String alert = aboutOurCertificate(cause);
    if (alert == null && asked && !sent && isOfHandshake(cause)) {
      alert = "it asked for one and then closed the connection: " + cause.getMessage();
    }
    if (alert != null) {
      return new ClientCertificateException(
          "the server wants a certificate of the client's that it trusts ("
              + alert
              + "): set keyStore, or check that one of its client authorities has signed it",
          cause);
    }
    if (cause instanceof ConnectTimeoutException) {
      return new TransportException(
          OutageReason.TIMEOUT, false, "no connection in time: " + cause.getMessage(), cause);
    }
    boolean inDoubt =
        sent && !(cause instanceof ConnectException) && !(cause instanceof UnknownHostException);
    return new TransportException(
        OutageReason.REQUEST_ERROR,
        inDoubt,
        (inDoubt ? "the connection failed after sending: " : "not sent: ") + cause,
        cause);
  }

  static TransportException timeout(boolean sent) {
    return new TransportException(
        OutageReason.TIMEOUT, sent, sent ? "no answer in time" : "not sent in time", null);
  }

  static MalformedAnswerException oversized(int maxBytes) {
    return new MalformedAnswerException("an answer of more than " + maxBytes + " bytes");
  }

  static TransportException circuitOpen() {
    return new TransportException(
        OutageReason.CIRCUIT_OPEN,
        false,
        "not asked: the calls before it failed, and the circuit breaker is open",
        null);
  }

  /** What the server has said of the certificate that it was shown or not; null where nothing. */
  private static @Nullable String aboutOurCertificate(Throwable failure) {
    Throwable cause = failure;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
      String message = cause.getMessage();
      if (cause instanceof SSLException && message != null && message.contains(ALERT)) {
        String alert = message.substring(message.indexOf(ALERT) + ALERT.length()).strip();
        return CERTIFICATE_ALERTS.contains(alert) ? alert : null;
      }
      cause = cause.getCause();
    }
    return null;
  }

  /** Past the connection's making, and no mere waiting. */
  private static boolean isOfHandshake(Throwable cause) {
    return !(cause instanceof ConnectException)
        && !(cause instanceof UnknownHostException)
        && !(cause instanceof SslHandshakeTimeoutException);
  }

  private static boolean isUntrusted(Throwable failure) {
    Throwable cause = failure;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
      if (cause instanceof CertificateException
          || cause instanceof CertPathValidatorException
          || cause instanceof SSLPeerUnverifiedException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }
}
