package tech.onceonly.server.store;

/**
 * What the store says to a check-lock.
 *
 * @param ttlSeconds the TTL that the claim was given when it was won
 * @param firstSeenMillis when it was won
 * @param fingerprintMismatch whether it was won with another fingerprint than is asked with
 */
public record CheckLockAnswer(
    Verdict verdict, long ttlSeconds, long firstSeenMillis, boolean fingerprintMismatch) {
  public static final CheckLockAnswer FULL = new CheckLockAnswer(Verdict.FULL, 0, 0, false);

  public enum Verdict {
    LOCKED,
    DUPLICATE,
    /** The store is at its bound and the key is not held: refused. */
    FULL
  }
}
