package tech.onceonly.client;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tech.onceonly.OutageReason;

/** What came of asking for a lease. Only {@link Acquired} is a claim. */
public sealed interface LeaseResult {

  /** The idempotency key. */
  String key();

  /**
   * Whether the key was leased with another {@linkplain KeyRequest#withFingerprint fingerprint}: a
   * sign that it names two effects. False too where the server does not tell.
   */
  default boolean fingerprintMismatch() {
    return false;
  }

  /**
   * The lease is ours: do the work, then complete, fail or cancel.
   *
   * @param leaseId proves ownership; keep it from other owners
   * @param version grows with each owner of the key
   * @param ttl how long it lasts without {@code extend}; null where not told nor asked
   */
  record Acquired(String key, String leaseId, long version, @Nullable Duration ttl)
      implements LeaseResult {}

  /**
   * Someone else holds it.
   *
   * @param retryAfter when to ask again; null where not told
   * @param ttlLeft how long that lease lasts; null where not told
   */
  record InProgress(
      String key,
      @Nullable Duration retryAfter,
      @Nullable Duration ttlLeft,
      boolean fingerprintMismatch)
      implements LeaseResult {}

  /** The work is done; its result is at {@link OnceOnlyClient#result}. */
  record Completed(
      String key,
      @Nullable Instant doneAt,
      @Nullable String resultHash,
      boolean fingerprintMismatch)
      implements LeaseResult {}

  /** The work was declared failed for good. */
  record Failed(
      String key, @Nullable Instant doneAt, @Nullable String errorCode, boolean fingerprintMismatch)
      implements LeaseResult {}

  /**
   * Not known, because of an outage; the options say to go on unprotected.
   *
   * @param inDoubt whether the lease may have been given to us all the same
   */
  record FailOpen(String key, OutageReason reason, boolean inDoubt, OnceOnlyException cause)
      implements LeaseResult {}
}
