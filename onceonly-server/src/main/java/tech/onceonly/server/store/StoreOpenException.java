package tech.onceonly.server.store;

import org.jspecify.annotations.Nullable;

/** A store can't be opened; the message names where it lies, why, and the mend. */
public final class StoreOpenException extends Exception {
  private static final long serialVersionUID = 1;

  public StoreOpenException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
