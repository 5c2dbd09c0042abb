package tech.onceonly.client;

/**
 * The thread that waited for the answer was interrupted. Its flag is set again; the call may have
 * taken effect. Never fails open.
 */
public final class InterruptedCallException extends OnceOnlyException {

  private static final long serialVersionUID = 1L;

  InterruptedCallException(InterruptedException cause) {
    super("interrupted while waiting for the answer", cause, true);
  }

  @Override
  public boolean inDoubt() {
    return true;
  }
}
