package tech.onceonly.server.store;

import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** What each call makes of a lease key's state, whatever store it lies in. */
final class LeaseSteps {
  private LeaseSteps() {}

  /** A step that only the lease's own id may take. */
  interface Step {
    /**
     * The next state, the same where nothing is left to do, null where it may not be taken.
     *
     * @param lease of the caller's lease id
     */
    @Nullable Lease next(Lease lease, long nowMillis);
  }

  /** The lease that a caller wins of a key that is not taken. */
  static Lease won(
      @Nullable Lease present,
      String leaseId,
      long ttlSeconds,
      @Nullable Fingerprint fingerprint,
      long nowMillis) {
    if (present == null || present.isForgotten(nowMillis)) {
      return Lease.first(leaseId, ttlSeconds, fingerprint, nowMillis);
    }
    return present.next(leaseId, ttlSeconds, fingerprint, nowMillis);
  }

  /** What becomes of the present state by that step, or null where the lease is lost. */
  static @Nullable Lease taken(Step step, @Nullable Lease present, String leaseId, long nowMillis) {
    return present == null || present.isForgotten(nowMillis) || !present.isOf(leaseId)
        ? null
        : step.next(present, nowMillis);
  }

  static Step extend(long ttlSeconds) {
    return (lease, now) -> lease.isHeld() ? lease.extended(ttlSeconds, now) : null;
  }

  /**
   * @param hasRoom whether a result of so many bytes can be kept
   */
  static Step complete(
      @Nullable ResultJson result, @Nullable String resultHash, IntPredicate hasRoom) {
    return (lease, now) -> {
      if (!lease.isHeld()) {
        return lease.isCompleted() ? lease : null;
      }
      // The completion counts more than its result: without room it goes without.
      boolean dropped = result != null && !hasRoom.test(result.length());
      return lease.completed(dropped ? null : result, dropped, resultHash, now);
    };
  }

  static Step fail(String errorCode) {
    return (lease, now) -> {
      if (!lease.isHeld()) {
        return lease.isFailed() ? lease : null;
      }
      return lease.failed(errorCode, now);
    };
  }

  static Step cancel() {
    return (lease, now) -> {
      if (!lease.isHeld()) {
        return lease.isCancelled() ? lease : null;
      }
      return lease.cancelled(now);
    };
  }
}
