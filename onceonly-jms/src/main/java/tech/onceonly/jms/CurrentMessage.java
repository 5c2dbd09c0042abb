package tech.onceonly.jms;

import org.jspecify.annotations.Nullable;
import tech.onceonly.ClaimContext;

/**
 * The claim under which a decorated listener runs, for the thread that runs it: a {@code
 * MessageListener} has no parameter for it.
 */
public final class CurrentMessage {

  private static final ThreadLocal<ClaimContext> CONTEXT = new ThreadLocal<>();

  private CurrentMessage() {}

  /** Null outside a decorated listener, and on other threads than its own. */
  public static @Nullable ClaimContext context() {
    return CONTEXT.get();
  }

  /** A fencing token for the effect; null in check-lock mode, without a claim and outside. */
  public static @Nullable String leaseId() {
    ClaimContext context = CONTEXT.get();
    return context == null ? null : context.leaseId();
  }

  static void enter(ClaimContext context) {
    CONTEXT.set(context);
  }

  static void leave() {
    CONTEXT.remove();
  }
}
