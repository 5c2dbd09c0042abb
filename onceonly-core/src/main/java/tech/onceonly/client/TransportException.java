package tech.onceonly.client;

import org.jspecify.annotations.Nullable;
import tech.onceonly.OutageReason;

/** No answer: refused, reset, unknown host, timeout, or not asked because the circuit is open. */
public final class TransportException extends OnceOnlyException {

  private static final long serialVersionUID = 1L;

  private final OutageReason reason;
  private final boolean inDoubt;

  TransportException(
      OutageReason reason, boolean inDoubt, String message, @Nullable Throwable cause) {
    // An outage makes these by the thousand, on a thread whose stack tells nothing.
    super(message, cause, false);
    this.reason = reason;
    this.inDoubt = inDoubt;
  }

  @Override
  public OutageReason outage() {
    return reason;
  }

  /** False only where the call was surely not sent. */
  @Override
  public boolean inDoubt() {
    return inDoubt;
  }
}
