package tech.onceonly.client;

import org.jspecify.annotations.Nullable;
import tech.onceonly.OutageReason;

/** A call that gave no usable answer, or an answer that says no. No message holds the API key. */
public abstract sealed class OnceOnlyException extends RuntimeException
    permits ApiException,
        ClientBusyException,
        ClientCertificateException,
        ClientClosedException,
        InterruptedCallException,
        KeysNotOfferedException,
        LeaseLostException,
        MalformedAnswerException,
        OverLimitException,
        RateLimitException,
        TransportException,
        UnauthorizedException,
        UntrustedServerException,
        ValidationException {

  private static final long serialVersionUID = 1L;

  private @Nullable String requestId;

  OnceOnlyException(String message, @Nullable Throwable cause, boolean withStackTrace) {
    super(message, cause, false, withStackTrace);
  }

  OnceOnlyException(String message) {
    this(message, null, true);
  }

  /** The id of the call, as the server gave it, else as it was sent. */
  public final @Nullable String requestId() {
    return requestId;
  }

  /** Why this counts as an outage, and fails open; null where it never does. */
  public @Nullable OutageReason outage() {
    return null;
  }

  /** Whether the call may have taken effect at the server all the same. */
  public boolean inDoubt() {
    return false;
  }

  final void requestId(@Nullable String value) {
    requestId = value;
  }
}
