package tech.onceonly.server;

/** The server could not start or stop; the message names what to mend where that is known. */
public final class ServerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ServerException(String message, Throwable cause) {
    super(message, cause);
  }
}
