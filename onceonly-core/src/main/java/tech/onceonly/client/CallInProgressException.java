package tech.onceonly.client;

/** An idempotent function runs elsewhere with this key, and was waited for long enough. */
public final class CallInProgressException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  CallInProgressException(String message) {
    super(message);
  }
}
