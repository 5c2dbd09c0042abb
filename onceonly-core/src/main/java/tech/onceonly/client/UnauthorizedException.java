package tech.onceonly.client;

/** 401 or 403: the API key is missing, wrong or disabled. Never fails open. */
public final class UnauthorizedException extends OnceOnlyException {

  private static final long serialVersionUID = 1L;

  UnauthorizedException(String message) {
    super(message);
  }
}
