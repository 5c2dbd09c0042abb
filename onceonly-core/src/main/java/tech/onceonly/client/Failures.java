package tech.onceonly.client;

import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLPeerUnverifiedException;
import tech.onceonly.OutageReason;

/** Names what went wrong below HTTP. */
final class Failures {

  private static final int MAX_CAUSES = 20;

  private Failures() {}

  /**
   * @param sent whether the request may have left
   */
  static OnceOnlyException of(Throwable cause, boolean sent) {
    if (isUntrusted(cause)) {
      return new UntrustedServerException(
          "the server's certificate does not verify ("
              + cause.getMessage()
              + "): check the base URL's host, or set trustStore",
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
