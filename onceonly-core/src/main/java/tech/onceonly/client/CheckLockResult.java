package tech.onceonly.client;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tech.onceonly.OutageReason;

/** What came of a check-lock. Only {@link Locked} is a claim. */
public sealed interface CheckLockResult {

  /** The idempotency key. */
  String key();

  /**
   * Whether the key was claimed with another {@linkplain KeyRequest#withFingerprint fingerprint}: a
   * sign that it names two effects. False too where the server does not tell.
   */
  default boolean fingerprintMismatch() {
    return false;
  }

  /**
   * The key was free and is now held: the first time.
   *
   * @param ttl how long it is remembered, after the plan's limits; null where not told nor asked
   * @param requestId of the call that won it
   */
  record Locked(String key, @Nullable Duration ttl, @Nullable String requestId)
      implements CheckLockResult {}

  /**
   * The key is held already.
   *
   * @param ttl how long it is remembered; null where not told nor asked
   * @param firstSeenAt when it was claimed; null where not told
   */
  record Duplicate(
      String key,
      @Nullable Duration ttl,
      @Nullable Instant firstSeenAt,
      @Nullable String requestId,
      boolean fingerprintMismatch)
      implements CheckLockResult {}

  /**
   * Not known, because of an outage; the options say to go on unprotected. Nothing is claimed, as
   * far as is known.
   *
   * @param inDoubt whether the key may have been claimed all the same
   * @param cause what happened
   */
  record FailOpen(String key, OutageReason reason, boolean inDoubt, OnceOnlyException cause)
      implements CheckLockResult {}
}
