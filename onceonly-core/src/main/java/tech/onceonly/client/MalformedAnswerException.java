package tech.onceonly.client;

import tech.onceonly.OutageReason;

/** An answer without a verdict: something else answered, not the API. An outage, in doubt. */
public final class MalformedAnswerException extends OnceOnlyException {

  private static final long serialVersionUID = 1L;

  MalformedAnswerException(String message) {
    super(message);
  }

  @Override
  public OutageReason outage() {
    return OutageReason.MALFORMED;
  }

  @Override
  public boolean inDoubt() {
    return true;
  }
}
