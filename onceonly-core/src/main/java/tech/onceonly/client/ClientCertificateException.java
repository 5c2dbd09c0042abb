package tech.onceonly.client;

/**
 * The server lets in nobody without a certificate that it trusts, and was shown none: wrong
 * settings. It is no outage and never fails open.
 */
public final class ClientCertificateException extends OnceOnlyException {

  private static final long serialVersionUID = 1L;

  ClientCertificateException(String message, Throwable cause) {
    super(message, cause, false);
  }
}
