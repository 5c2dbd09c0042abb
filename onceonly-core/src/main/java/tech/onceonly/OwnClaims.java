package tech.onceonly;

import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The claims of this process that are not settled, by key. Bounded: when full, it forgets claims
 * whose listener failed, the longest-failed first, and never one that is at work.
 */
final class OwnClaims {

  private final ConcurrentHashMap<IdempotencyKey, Claim> claims = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Claim> failed = new ConcurrentLinkedQueue<>();
  private final int most;

  OwnClaims(int most) {
    this.most = most;
  }

  /** The claim that is there already; null if this one has taken the place. */
  @Nullable Claim putIfAbsent(Claim claim) {
    return claims.putIfAbsent(claim.key(), claim);
  }

  /** Whether there are more than allowed, after what can be forgotten has been. */
  boolean isOverfull() {
    while (claims.mappingCount() > most) {
      Claim oldest = failed.poll();
      if (oldest == null) {
        return true;
      }
      synchronized (oldest) {
        if (oldest.state == Claim.State.FAILED) {
          remove(oldest);
        }
      }
    }
    return false;
  }

  /** Under the claim's monitor: it has failed and stays ours. */
  void keepFailed(Claim claim) {
    claim.state = Claim.State.FAILED;
    failed.add(claim);
    if (failed.size() > 2 * most) {
      failed.poll();
    }
  }

  /** Under the claim's monitor. */
  void remove(Claim claim) {
    claim.state = Claim.State.GONE;
    claims.remove(claim.key(), claim);
  }

  Collection<Claim> all() {
    return claims.values();
  }
}
