package tech.onceonly.jms;

import jakarta.jms.Message;
import tech.onceonly.ClaimContext;

/**
 * The user's code, run for a message that is to be processed.
 *
 * @param <E> what it may throw; it comes out of {@link OnceOnlyJms#handle} untouched
 */
@FunctionalInterface
public interface MessageWork<E extends Exception> {

  /** Returns when the effect has happened; throws when it has not, or not for sure. */
  void run(Message message, ClaimContext context) throws E;
}
