package tech.onceonly.jms;

import org.jspecify.annotations.Nullable;

/**
 * The message was neither processed nor skipped, and must not be acknowledged: its thread was
 * interrupted while it waited (the thread's flag is set again), or its guard was closed.
 */
public final class UndecidedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UndecidedException(String message, @Nullable InterruptedException cause) {
    super(message, cause);
  }
}
