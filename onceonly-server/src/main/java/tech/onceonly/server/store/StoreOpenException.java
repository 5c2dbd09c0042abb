package tech.onceonly.server.store;

import org.jspecify.annotations.Nullable;

/** A store can't be opened; the message names where it lies, why, and the mend. */
public final class StoreOpenException extends Exception {
  private static final long serialVersionUID = 1;

  private final boolean mayPass;

  public StoreOpenException(String message, @Nullable Throwable cause) {
    this(message, cause, false);
  }

  /**
   * @param mayPass by itself, so that it may be tried again
   */
  StoreOpenException(String message, @Nullable Throwable cause, boolean mayPass) {
    super(message, cause);
    this.mayPass = mayPass;
  }

  boolean mayPass() {
    return mayPass;
  }
}
