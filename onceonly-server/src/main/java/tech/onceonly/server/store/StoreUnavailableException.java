package tech.onceonly.server.store;

import org.jspecify.annotations.Nullable;

/**
 * The store can't carry an operation out now: too much waits, it is full, its disk does not take
 * what is written, or it has been closed. Whether the operation was carried out is not known where
 * a write failed. Without a stack trace: one cause fails many operations.
 */
public final class StoreUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StoreUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause, false, false);
  }

  static StoreUnavailableException fullForReleases() {
    return new StoreUnavailableException("The store has no room to remember a release", null);
  }
}
