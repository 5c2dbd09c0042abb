package tech.onceonly;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What came of asking for a claim. Only {@link Locked} and {@link Acquired} are claims. */
public sealed interface ClaimAnswer {

  /**
   * A check-lock claim was won.
   *
   * @param requestId the id of the call that won it, needed to give it back
   * @param ttl how long it is remembered, after the plan's limits; null where not told
   */
  record Locked(@Nullable String requestId, @Nullable Duration ttl) implements ClaimAnswer {}

  /**
   * A lease was won.
   *
   * @param leaseId proves ownership; a secret towards other owners, a fencing token for the effect
   * @param version grows with each owner of the key
   * @param ttl how long it lasts without a heartbeat; null where not told
   */
  record Acquired(String leaseId, long version, @Nullable Duration ttl) implements ClaimAnswer {}

  /**
   * Check-lock: the key is held already.
   *
   * @param fingerprintMismatch whether it was claimed with another fingerprint than was asked with;
   *     the same with the other answers
   */
  record Duplicate(@Nullable Instant firstSeenAt, boolean fingerprintMismatch)
      implements ClaimAnswer {}

  /** Lease: someone else is at work. */
  record InProgress(@Nullable Duration retryAfter) implements ClaimAnswer {}

  /** Lease: the effect has happened. */
  record Completed(@Nullable Instant doneAt, boolean fingerprintMismatch) implements ClaimAnswer {}

  /** Lease: the work was declared failed for good. */
  record Failed(@Nullable String errorCode, boolean fingerprintMismatch) implements ClaimAnswer {}

  /**
   * No answer that can be relied on: an outage.
   *
   * @param inDoubt whether the claim may have been applied all the same
   * @param requestId the id that the call carried, where it was a check-lock in doubt
   * @param message for people; holds no secret
   */
  record Unavailable(
      OutageReason reason, boolean inDoubt, @Nullable String requestId, String message)
      implements ClaimAnswer {}

  /** 429: ask again later. Not an outage. */
  record Throttled(@Nullable Duration retryAfter) implements ClaimAnswer {}

  /**
   * 401, 402, 403, 422 and whatever else must never fail open.
   *
   * @param aboutThisKey whether it is what was asked that is refused (422), and will be for ever;
   *     else it is who asks, and may be mended: an API key, a plan, a gateway in between
   */
  record Refused(RuntimeException cause, boolean aboutThisKey) implements ClaimAnswer {

    /** One that may be mended. */
    public Refused(RuntimeException cause) {
      this(cause, false);
    }
  }
}
