package tech.onceonly.client;

/** More calls wait already than the options allow; this one was not sent. Never fails open. */
public final class ClientBusyException extends OnceOnlyException {

  private static final long serialVersionUID = 1L;

  ClientBusyException(String message) {
    super(message);
  }
}
