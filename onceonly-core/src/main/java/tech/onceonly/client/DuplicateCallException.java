package tech.onceonly.client;

/** An idempotent function was called before with this key, and no result is at hand. */
public final class DuplicateCallException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  DuplicateCallException(String message) {
    super(message);
  }
}
