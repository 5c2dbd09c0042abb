package tech.onceonly.jms;

/**
 * The claim service refused at the start: an invalid API key, a plan's limit. Waiting does not mend
 * it. The cause tells why.
 */
public final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  RefusedException(RuntimeException cause) {
    super("the claim service refused, so nothing is processed: " + cause.getMessage(), cause);
  }
}
