package tech.onceonly.jms.spring;

import org.jspecify.annotations.Nullable;

/**
 * The message was neither processed nor skipped: its container hands it back to the broker. Thrown
 * where a message can't wait any longer on its thread: its container stops, or its transaction
 * would time out.
 */
public final class HeldException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  HeldException(String message, @Nullable RuntimeException cause) {
    super(message, cause);
  }
}
