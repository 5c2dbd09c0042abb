package tech.onceonly;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * The port to whatever keeps the claims: one call each, every outcome a value.
 *
 * <p>Implementations are thread-safe and never block the caller. The stages they return complete
 * normally with one of the answers; an exceptional completion is a fault of the implementation,
 * which callers treat as {@link ClaimAnswer.Unavailable} in doubt. Every stage completes within its
 * request's timeout, plus scheduling delay, also when the service is closed meanwhile.
 */
public interface ClaimService extends AutoCloseable {

  /** Claims a key for as long as its TTL; there is no giving back, see {@link #release}. */
  CompletionStage<ClaimAnswer> checkLock(ClaimRequest request);

  /** Claims a key with an owner: the claim is extended, and settled at the end. */
  CompletionStage<ClaimAnswer> lease(ClaimRequest request);

  /**
   * The heartbeat of a lease.
   *
   * @param ttl how long the lease lasts from now, if nobody extends it
   */
  CompletionStage<SettleAnswer> extend(
      IdempotencyKey key, String leaseId, Duration ttl, Duration timeout);

  /** The effect has happened: later claims of this key are answered {@code Completed}. */
  CompletionStage<SettleAnswer> complete(IdempotencyKey key, String leaseId, Duration timeout);

  /** Gives a lease back, so that another may take it at once. */
  CompletionStage<SettleAnswer> cancel(
      IdempotencyKey key, String leaseId, String reason, Duration timeout);

  /**
   * Gives a check-lock claim back, where {@link #canRelease}.
   *
   * @param requestId the id of the call that won the claim: the proof of ownership
   */
  CompletionStage<SettleAnswer> release(IdempotencyKey key, String requestId, Duration timeout);

  /**
   * Whether the service has declared that it takes check-lock claims back. False until its first
   * answer; never true of the hosted API.
   */
  boolean canRelease();

  /** Whether it may yet declare that: it has, or it has answered nothing so far. */
  default boolean mayRelease() {
    return canRelease();
  }

  /**
   * Whether the service has declared that it answers a repeated check-lock, of the same key and
   * request id, as it did the first time. False until its first answer; never true of the hosted
   * API.
   */
  boolean canReplay();

  /**
   * Makes calls that belong together: the service may let one wait a few milliseconds for those
   * after it, to send them in one request. They go out when the outermost of these returns at the
   * latest.
   *
   * <p>What the caller does between the calls takes its time too, such as reading each delivery's
   * key: it comes off the budget that the calls have, whose timeouts are what is left of it.
   *
   * @param calls makes them on this thread
   */
  default void together(Runnable calls) {
    calls.run();
  }

  /** Ends calls in flight with an answer; later calls are answered {@code Unavailable}. */
  @Override
  void close();
}
