package tech.onceonly;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A key that this process has won, from the question to the settlement.
 *
 * <p>What is public may be read by any thread; the rest is the guard's, under the claim's monitor.
 */
public final class Claim {

  /** Where a claim stands. Each step is made under the monitor. */
  enum State {
    /** The service has been asked. */
    ASKED,
    /** Handed to the listener. */
    RUNNING,
    /** The listener succeeded; the service is being told. */
    COMPLETING,
    /** The listener failed; the claim is being given back. */
    GIVING_BACK,
    /** The listener failed and the service still has the claim as ours. */
    FAILED,
    /** Done with; no longer among the own claims. */
    GONE
  }

  /** Which delivery it is, among all. */
  record DeliveryId(String destination, Object identity) {}

  private final IdempotencyKey key;
  private volatile @Nullable String leaseId;
  private volatile long version;
  private volatile boolean lost;

  /** Which delivery it was won for: where it came from, and which one there. */
  @Nullable DeliveryId deliveryId;

  /** What that delivery was received in; null where all are received in one. */
  @Nullable Object session;

  /** Whether its listener has returned, and its transaction's end is not told yet. */
  boolean returned;

  /** Of that delivery; null where there is none. */
  @Nullable String fingerprint;

  State state = State.ASKED;

  /** Whether the service has said that the key is ours. */
  boolean won;

  /** Whether the service may have made the key ours without our hearing of it. */
  boolean inDoubt;

  /** Whether the service was told to take it back and has not answered: that may come in yet. */
  boolean giveBackInDoubt;

  /** Whether the present question repeats the one in doubt, so that its answer ends the doubt. */
  boolean repeated;

  /** Of the check-lock that won or may have won. */
  @Nullable String requestId;

  /**
   * The lease that it had, which could not be extended just now and is not known to be another's:
   * ours still, unless the present question gives it a new one.
   */
  @Nullable Holding kept;

  /** Since when the lease's TTL runs, on the guard's nanosecond ticker. */
  long heldSinceNanos;

  /** What it was last asked for together with. */
  Poll poll;

  /** Whether its listener has been at work for so long that its lease is left to run out. */
  boolean unrenewed;

  /** How long it is the service's, as far as is known; 0 where it is not. */
  long ttlNanos;

  /** Completes when the present question, or the present settlement, is answered. */
  CompletableFuture<Decision> answered = new CompletableFuture<>();

  Claim(Question question, @Nullable DeliveryId deliveryId) {
    key = question.key();
    fingerprint = question.fingerprint();
    poll = question.poll();
    session = question.delivery().session();
    this.deliveryId = deliveryId;
  }

  /**
   * Under the monitor: the same claim for another run. A claim of its own, so that what becomes of
   * the run before settles nothing of the new one.
   */
  Claim handedOn(Question question, @Nullable DeliveryId toDelivery) {
    Claim next = new Claim(question, toDelivery);
    next.leased(leaseId, version);
    next.lost = lost;
    next.won = won;
    next.inDoubt = inDoubt;
    next.giveBackInDoubt = giveBackInDoubt;
    next.repeated = repeated;
    next.requestId = requestId;
    next.kept = kept;
    next.heldSinceNanos = heldSinceNanos;
    next.ttlNanos = ttlNanos;
    return next;
  }

  synchronized void hasReturned(long nowNanos) {
    returned = true;
    poll.progressNanos = nowNanos;
  }

  public IdempotencyKey key() {
    return key;
  }

  /** Proves ownership of a lease: a fencing token for the effect. Null in check-lock mode. */
  public @Nullable String leaseId() {
    return leaseId;
  }

  /** Grows with each owner of the key; 0 in check-lock mode. */
  public long version() {
    return version;
  }

  /** Which lease it has, and since when. */
  record Holding(String leaseId, long version, long heldSinceNanos) {}

  @Nullable Holding holding() {
    String id = leaseId;
    return id == null ? null : new Holding(id, version, heldSinceNanos);
  }

  /** Whether it has the lease again that was kept. */
  boolean takeKept() {
    Holding before = kept;
    kept = null;
    if (before == null) {
      return false;
    }
    leased(before.leaseId(), before.version());
    heldSinceNanos = before.heldSinceNanos();
    won = true;
    return true;
  }

  /**
   * Whether the lease is known to be another's: a listener that can still stop should. False proves
   * nothing, since the news travels by heartbeat.
   */
  public boolean isLost() {
    return lost;
  }

  void leased(@Nullable String id, long ownerVersion) {
    leaseId = id;
    version = ownerVersion;
    lost = false;
  }

  /** Whether the service has forgotten it by now, as far as is known. */
  boolean hasRunOut(long nowNanos) {
    return ttlNanos > 0 && nowNanos - heldSinceNanos > ttlNanos;
  }

  void lose() {
    lost = true;
  }

  @Override
  public String toString() {
    return "Claim[" + key + (version > 0 ? ", version " + version : "") + "]";
  }
}
