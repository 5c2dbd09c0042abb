package tech.onceonly.client;

/**
 * The server's certificate does not verify: wrong settings, or someone in between. It is no outage
 * and never fails open.
 */
public final class UntrustedServerException extends OnceOnlyException {

  private static final long serialVersionUID = 1L;

  UntrustedServerException(String message, Throwable cause) {
    super(message, cause, false);
  }
}
