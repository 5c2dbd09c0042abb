package tech.onceonly.server;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * For test kits: stands before a server's handlers and hears what they decide. What it does not
 * fault is answered by the server's own handlers and store.
 *
 * <p>Called on the server's event loops: return at once, never throw. Thread-safe.
 */
public interface ServerProbe {

  /** Lets everything pass and hears nothing. */
  ServerProbe NONE = new ServerProbe() {};

  /**
   * What befalls a request before any handler has seen it.
   *
   * @param call method and path: {@code POST /v1/check-lock}
   */
  default Fault faultOf(String call) {
    return new Fault.None();
  }

  /** The handlers have decided over a key. */
  default void decided(Decided decided) {}

  /** Beside a decision, after it: its key had been claimed with another fingerprint. */
  default void mismatched(Mismatched mismatched) {}

  /** What befalls a request. */
  sealed interface Fault {

    /** Nothing: it is handled. */
    record None() implements Fault {}

    /**
     * It is refused with this status, and no handler sees it.
     *
     * @param retryAfter told in whole seconds, rounded up; null for no such header
     */
    record Refused(int status, @Nullable Duration retryAfter) implements Fault {}

    /** It is handled later, also where the caller has gone by then. */
    record Late(Duration by) implements Fault {}

    /** It is never answered, and no handler sees it. */
    record Silent() implements Fault {}

    /** Its connection is closed, and no handler sees it. */
    record Broken() implements Fault {}
  }

  /**
   * A claim was told that its key was claimed with another fingerprint.
   *
   * @param call {@code check-lock} or {@code lease}
   * @param requestId of the call
   */
  record Mismatched(String call, String key, String requestId) {}

  /**
   * What was decided over a key.
   *
   * @param call the kind of call: {@code check-lock}, {@code lease}, or {@code settle} for all that
   *     follows a claim
   * @param answer the wire's word: locked, duplicate, acquired, in_progress, completed, failed,
   *     extended, cancelled, released
   * @param requestId of the call: a repetition under the same one is no second claim
   */
  record Decided(String call, String key, String answer, String requestId) {}
}
