package tech.onceonly.client;

import org.jspecify.annotations.Nullable;
import tech.onceonly.OutageReason;

/** A status that has no exception of its own. 500 to 599 is an outage, all others are not. */
public final class ApiException extends OnceOnlyException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final @Nullable String detail;

  ApiException(int status, String message, @Nullable String detail) {
    super(message);
    this.status = status;
    this.detail = detail;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** The answer's {@code detail} as JSON text, shortened; null where it had none. */
  public @Nullable String detail() {
    return detail;
  }

  @Override
  public @Nullable OutageReason outage() {
    return status >= 500 && status <= 599 ? OutageReason.API_5XX : null;
  }

  /** True of 500 to 599: what failed may be the answer, and not the deed. */
  @Override
  public boolean inDoubt() {
    return outage() != null;
  }
}
