package tech.onceonly.kafka;

import org.jspecify.annotations.Nullable;
import tech.onceonly.Claim;
import tech.onceonly.Decision;

/** What a handler may know of the claim under which its record runs. Any thread may read it. */
public final class RecordContext {

  private final @Nullable Claim claim;

  private RecordContext(@Nullable Claim claim) {
    this.claim = claim;
  }

  /** What a listener may know of this decision. */
  public static RecordContext of(Decision decision) {
    return new RecordContext(decision instanceof Decision.Process process ? process.claim() : null);
  }

  /** False where the record runs without a claim: an outage, no key, an excluded topic. */
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
   * Whether the lease is known to be another's: a handler that can still stop should, by throwing.
   * False proves nothing, since the news travels by heartbeat.
   */
  public boolean isLost() {
    return claim != null && claim.isLost();
  }
}
