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

  void writeTo(StateWriter out) {
    out.writeLong(firstSeenMillis);
    out.writeLong((expiresAtMillis - firstSeenMillis) / 1000);
    out.writeText(requestId);
  }

  static Claim readFrom(StateReader in) {
    long firstSeenMillis = in.readLong();
    long ttlSeconds = in.readLong();
    return new Claim(firstSeenMillis, ttlSeconds, in.readNeededText());
  }

  KeyView.ClaimView view(long nowMillis) {
    return new KeyView.ClaimView(
        firstSeenMillis,
        (expiresAtMillis - firstSeenMillis) / 1000,
        Math.max(0, expiresAtMillis - nowMillis));
  }

  /** Of a live claim: its winner's request is answered as the first time. */
  CheckLockAnswer answerTo(String otherRequestId) {
    return answer(
        wasWonBy(otherRequestId)
            ? CheckLockAnswer.Verdict.LOCKED
            : CheckLockAnswer.Verdict.DUPLICATE);
  }

  CheckLockAnswer answer(CheckLockAnswer.Verdict verdict) {
    return new CheckLockAnswer(
        verdict, (expiresAtMillis - firstSeenMillis) / 1000, firstSeenMillis);
  }
}
