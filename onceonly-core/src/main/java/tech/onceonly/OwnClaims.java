package tech.onceonly;

import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The claims of this process that are not settled, by key. Bounded: when full, it forgets claims
 * whose listener failed, the longest-failed first, where that is allowed, and never one that is at
 * work.
 */
final class OwnClaims {

  private final ConcurrentHashMap<IdempotencyKey, Claim> claims = new ConcurrentHashMap<>();

  /** In the order in which they failed; some may be at work again. Guarded by itself. */
  private final Set<Claim> failed = new LinkedHashSet<>();

  private final int most;
  private final Consumer<Claim> forgotten;

  /**
   * @param forgotten hears of failed claims that have to make room
   */
  OwnClaims(int most, Consumer<Claim> forgotten) {
    this.most = most;
    this.forgotten = forgotten;
  }

  /** The claim that is there already; null if this one has taken the place. */
  @Nullable Claim putIfAbsent(Claim claim) {
    return claims.putIfAbsent(claim.key(), claim);
  }

  /** Under the monitor of the claim that was there, which is done with: the other stands for it. */
  void handOn(Claim claim, Claim next) {
    claim.state = Claim.State.GONE;
    claims.replace(claim.key(), claim, next);
  }

  /**
   * Whether there are more than allowed.
   *
   * @param mayForgetFailed whether failed ones make room first; asked where room is wanted
   */
  boolean isOverfull(BooleanSupplier mayForgetFailed) {
    while (claims.mappingCount() > most) {
      Claim oldest = mayForgetFailed.getAsBoolean() ? takeLongestFailed() : null;
      if (oldest == null) {
        return true;
      }
      synchronized (oldest) {
        if (oldest.state == Claim.State.FAILED) {
          remove(oldest);
          forgotten.accept(oldest);
        }
      }
    }
    return false;
  }

  /** Under the claim's monitor: it has failed and stays ours. */
  void keepFailed(Claim claim) {
    claim.state = Claim.State.FAILED;
    synchronized (failed) {
      failed.add(claim);
    }
  }

  /** Under the claim's monitor. */
  void remove(Claim claim) {
    claim.state = Claim.State.GONE;
    claims.remove(claim.key(), claim);
    synchronized (failed) {
      // Looked for only among some: an object's identity hash, asked for under its monitor, makes
      // the JVM replace that by a heavier one, at more than all the rest of a settlement costs.
      if (!failed.isEmpty()) {
        failed.remove(claim);
      }
    }
  }

  Collection<Claim> all() {
    return claims.values();
  }

  private @Nullable Claim takeLongestFailed() {
    synchronized (failed) {
      Iterator<Claim> each = failed.iterator();
      if (!each.hasNext()) {
        return null;
      }
      Claim oldest = each.next();
      each.remove();
      return oldest;
    }
  }
}
