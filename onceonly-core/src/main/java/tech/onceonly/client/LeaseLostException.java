package tech.onceonly.client;

/** 409 on settling: the claim is not ours, or no longer. Another owner may have it. */
public final class LeaseLostException extends OnceOnlyException {

  private static final long serialVersionUID = 1L;

  LeaseLostException(String message) {
    super(message);
  }
}
