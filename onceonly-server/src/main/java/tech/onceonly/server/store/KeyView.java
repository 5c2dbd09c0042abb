package tech.onceonly.server.store;

import org.jspecify.annotations.Nullable;

/**
 * What holds a key, as an operator may see it. It holds neither a lease id nor a request id, so
 * that no answer made of it gives anybody's ownership away.
 *
 * @param claim null where no live check-lock claim holds it
 * @param lease null where it is free to lease
 */
public record KeyView(String key, @Nullable ClaimView claim, @Nullable LeaseView lease) {

  /**
   * A live check-lock claim.
   *
   * @param ttlLeftMillis until it is forgotten
   */
  public record ClaimView(long firstSeenMillis, long ttlSeconds, long ttlLeftMillis) {}

  static KeyView of(String key, @Nullable Claim claim, @Nullable Lease lease, long nowMillis) {
    return new KeyView(
        key,
        claim == null || !claim.isLive(nowMillis) ? null : claim.view(nowMillis),
        lease == null || !lease.isTaken(nowMillis) ? null : lease.view(nowMillis));
  }

  /** Whether anybody who asks for the key now is told that it is held. */
  public boolean isHeld() {
    return claim != null || lease != null;
  }
}
