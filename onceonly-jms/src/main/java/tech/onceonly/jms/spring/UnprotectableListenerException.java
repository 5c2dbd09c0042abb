package tech.onceonly.jms.spring;

import org.jspecify.annotations.Nullable;

/**
 * A listener can't be protected as it is set up: it must not start, unless it is left out. Tells
 * which, what is wrong, and the mend.
 */
public final class UnprotectableListenerException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  private final String listenerId;
  private final String fault;

  UnprotectableListenerException(String listenerId, String fault) {
    this(listenerId, fault, null);
  }

  UnprotectableListenerException(String listenerId, String fault, @Nullable Throwable cause) {
    super(
        "listener "
            + listenerId
            + " "
            + fault
            + ". Or leave it out with without(\""
            + listenerId
            + "\")",
        cause);
    this.listenerId = listenerId;
    this.fault = fault;
  }

  public String listenerId() {
    return listenerId;
  }

  /** What is wrong and the mend, in words that follow the listener's name. */
  public String fault() {
    return fault;
  }
}
