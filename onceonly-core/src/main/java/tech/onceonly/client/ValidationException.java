package tech.onceonly.client;

/** 422: the server finds the input invalid. Never fails open. */
public final class ValidationException extends OnceOnlyException {

  private static final long serialVersionUID = 1L;

  ValidationException(String message) {
    super(message);
  }
}
