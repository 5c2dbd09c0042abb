package tech.onceonly.client;

/** The client was closed before the answer came, or before the call. Never fails open. */
public final class ClientClosedException extends OnceOnlyException {

  private static final long serialVersionUID = 1L;

  private final boolean inDoubt;

  ClientClosedException(boolean inDoubt) {
    super(inDoubt ? "the client was closed before the answer came" : "the client is closed");
    this.inDoubt = inDoubt;
  }

  @Override
  public boolean inDoubt() {
    return inDoubt;
  }
}
