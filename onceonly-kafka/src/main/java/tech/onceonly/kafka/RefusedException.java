package tech.onceonly.kafka;

/**
 * The claim service refused: an invalid API key, a plan's limit, a record without a key where that
 * is not allowed. Waiting does not mend it.
 *
 * <p>When this is thrown, every record that was not processed has been sought back, or, in a share
 * group, is neither accepted nor rejected and waits for the next poll: nothing is lost by a {@code
 * close()} or a commit that follows. The cause tells why.
 */
public final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  RefusedException(RuntimeException cause) {
    super("the claim service refused, so nothing was processed: " + cause.getMessage(), cause);
  }
}
