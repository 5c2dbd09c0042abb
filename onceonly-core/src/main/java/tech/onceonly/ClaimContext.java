package tech.onceonly;

import org.jspecify.annotations.Nullable;

/** What a listener may know of the claim under which its delivery runs. Any thread may read it. */
public final class ClaimContext {

  private final @Nullable Claim claim;

  private ClaimContext(@Nullable Claim claim) {
    this.claim = claim;
  }

  /** What a listener may know of this decision. */
  public static ClaimContext of(Decision decision) {
    return new ClaimContext(decision instanceof Decision.Process process ? process.claim() : null);
  }

  /** False where the delivery runs without a claim: an outage, no key, a bypass. */
  public boolean isProtected() {
    return claim != null;
  }

  /** A fencing token for the effect. Null in check-lock mode and without a claim. */
  public @Nullable String leaseId() {
    return claim == null ? null : claim.leaseId();
  }

  /** Grows with each owner of the key; 0 in check-lock mode and without a claim. */
  public long version() {
    return claim == null ? 0 : claim.version();
  }

  /**
   * Whether the lease is known to be another's: a listener that can still stop should, by throwing.
   * False proves nothing, since the news travels by heartbeat.
   */
  public boolean isLost() {
    return claim != null && claim.isLost();
  }
}
