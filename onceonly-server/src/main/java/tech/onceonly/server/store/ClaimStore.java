package tech.onceonly.server.store;

import io.vertx.core.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where claims and leases live. Check-lock keys and lease keys are separate spaces: the same key
 * may be claimed in one and leased in the other.
 *
 * <p>Every operation is atomic for its key, whatever the number of callers: of any number of racers
 * for a free key exactly one is told that it won. Methods may be called from any thread, never
 * block, and never throw: a fault fails the future.
 *
 * <p>Time is the clock's that the store was made with. A claim lives while {@code now < expiry}; in
 * its expiry's very millisecond it is free. No live claim is ever dropped, not even for want of
 * room: a full store refuses new keys.
 */
public interface ClaimStore {
  /**
   * Claims the key, or tells that it is held. Repeated with the request id that won it, the answer
   * is the winner's again.
   *
   * @param fingerprint kept with the claim; it changes no verdict, the answer tells where another
   *     holds the key
   */
  Future<CheckLockAnswer> checkLock(
      String key, long ttlSeconds, String requestId, @Nullable Fingerprint fingerprint);

  /**
   * Gives a live claim back if that request id won it. False: it did not, or nothing is held.
   *
   * <p>Unless another request holds the key, a check-lock of that request id, which may still be on
   * its way, is told "duplicate" from now on, for {@value Claim#RELEASED_SECONDS} s: whoever sent
   * it has given up. A key remembers the last {@value Claim#MAX_RELEASES} of them, whoever wins it
   * meanwhile, unless the store wants the room. A store that has none left fails the future.
   */
  Future<Boolean> release(String key, String requestId);

  /**
   * Leases the key to {@code leaseId} if it was never leased, or its lease was cancelled or ran
   * out; then the version rises by one.
   *
   * @param fingerprint kept with the lease and its end, see {@link #checkLock}
   */
  Future<LeaseAnswer> lease(
      String key, long ttlSeconds, String leaseId, @Nullable Fingerprint fingerprint);

  /**
   * Sets the lease's end to {@code ttlSeconds} from now. A lease that ran out is renewed as long as
   * nobody has taken the key.
   */
  Future<SettleAnswer> extend(String key, String leaseId, long ttlSeconds);

  /**
   * Ends the lease as completed. Succeeds after its expiry too, as long as nobody has taken the
   * key, for the effect has been done. Repeated by the same lease it changes nothing and succeeds.
   */
  Future<SettleAnswer> complete(
      String key, String leaseId, @Nullable ResultJson result, @Nullable String resultHash);

  /** Ends the lease as failed for good; repetition and expiry as with completion. */
  Future<SettleAnswer> fail(String key, String leaseId, String errorCode);

  /** Frees the key at once; repetition and expiry as with completion. */
  Future<SettleAnswer> cancel(String key, String leaseId);

  /** What is known of a lease key. */
  Future<LeaseView> find(String key);

  /**
   * Lets one caller ask for many operations at once, on this thread, before it returns: what it
   * calls on the store that it is given may be held back until then and answered in one round trip,
   * or by one write to disk. Operations on one key take effect in the order of the calls; each has
   * its own answer, and a fault of one fails no other.
   *
   * <p>Called on a Vert.x event loop; {@code calls} does not wait for any of its futures, and does
   * not keep the store that it is given.
   */
  default void together(Consumer<ClaimStore> calls) {
    calls.accept(this);
  }

  /** What an operator may see and do of its keys; null where that is not to be had. */
  default @Nullable KeyStore keys() {
    return null;
  }

  /** Keys that are stored, live or not yet cleared away; -1 where that is not known. */
  default long size() {
    return -1;
  }

  /** Bytes of results that are stored; -1 where that is not known. */
  default long resultBytes() {
    return -1;
  }

  /** Servers of the store that would drop live keys to make room. */
  default long evictingNodes() {
    return 0;
  }

  /** Does a bounded piece of housekeeping; called every {@link #HOUSEKEEPING_MILLIS}. */
  void housekeep();

  /** Forgets everything, for tests; calls under way may come before it or after. */
  default Future<Void> clear() {
    return Future.failedFuture(
        new UnsupportedOperationException("This store is shared: clear it by its own means"));
  }

  /** Frees what the store holds. */
  Future<Void> close();

  long HOUSEKEEPING_MILLIS = 100;
}
