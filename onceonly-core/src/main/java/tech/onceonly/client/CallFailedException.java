package tech.onceonly.client;

/** An idempotent function's earlier call with this key was declared failed for good. */
public final class CallFailedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  CallFailedException(String message) {
    super(message);
  }
}
