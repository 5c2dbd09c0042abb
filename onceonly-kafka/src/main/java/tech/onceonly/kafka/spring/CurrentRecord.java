package tech.onceonly.kafka.spring;

import org.jspecify.annotations.Nullable;
import tech.onceonly.ClaimContext;

/**
 * The claim under which a record listener runs, for the thread that runs it.
 *
 * <p>A listener method has no parameter for it. A batch has a claim for each record and none here.
 */
public final class CurrentRecord {

  private static final ThreadLocal<ClaimContext> CONTEXT = new ThreadLocal<>();

  private CurrentRecord() {}

  /** Null outside a guarded record listener, and on other threads than its own. */
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
