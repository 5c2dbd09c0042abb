package tech.onceonly.server.store;

/**
 * A key won by check-lock. Compared by identity, which is what the store's compare-and-set needs.
 */
public final class Claim {
  private final long firstSeenMillis;
  private final long expiresAtMillis;
  private final String requestId;

  Claim(long firstSeenMillis, long ttlSeconds, String requestId) {
    this.firstSeenMillis = firstSeenMillis;
    this.expiresAtMillis = firstSeenMillis + ttlSeconds * 1000;
    this.requestId = requestId;
  }

  boolean isLive(long nowMillis) {
    return nowMillis < expiresAtMillis;
  }

  boolean wasWonBy(String otherRequestId) {
    return requestId.equals(otherRequestId);
  }

  CheckLockAnswer answer(CheckLockAnswer.Verdict verdict) {
    return new CheckLockAnswer(
        verdict, (expiresAtMillis - firstSeenMillis) / 1000, firstSeenMillis);
  }
}
