package tech.onceonly.server.store;

/**
 * A key won by check-lock, or one whose request was released. Compared by identity, which is what
 * the store's compare-and-set needs.
 */
public final class Claim {
  /**
   * How long the request of a release is remembered. A check-lock of that id which comes in later
   * than this, after it was released, is taken for a new one.
   */
  static final int RELEASED_SECONDS = 300;

  private final long firstSeenMillis;
  private final long expiresAtMillis;
  private final String requestId;
  private final boolean released;

  Claim(long firstSeenMillis, long ttlSeconds, String requestId) {
    this(firstSeenMillis, ttlSeconds, requestId, false);
  }

  private Claim(long firstSeenMillis, long ttlSeconds, String requestId, boolean released) {
    this.firstSeenMillis = firstSeenMillis;
    this.expiresAtMillis = firstSeenMillis + ttlSeconds * 1000;
    this.requestId = requestId;
    this.released = released;
  }

  /**
   * Holds the key for nobody, and tells a check-lock of that request, which may still be on its
   * way, that nobody waits for it any more.
   */
  static Claim released(String requestId, long nowMillis) {
    return new Claim(nowMillis, RELEASED_SECONDS, requestId, true);
  }

  /** Whether the key is held. */
  boolean isLive(long nowMillis) {
    return !released && nowMillis < expiresAtMillis;
  }

  /** Whether it counts for nothing any more. */
  boolean isForgotten(long nowMillis) {
    return nowMillis >= expiresAtMillis;
  }

  /** Whether a check-lock of that request is not to win the key. */
  boolean refuses(String otherRequestId, long nowMillis) {
    return isLive(nowMillis) || (released && !isForgotten(nowMillis) && wasWonBy(otherRequestId));
  }

  boolean wasWonBy(String otherRequestId) {
    return requestId.equals(otherRequestId);
  }

  void writeTo(StateWriter out) {
    out.writeLong(firstSeenMillis);
    out.writeLong((expiresAtMillis - firstSeenMillis) / 1000);
    out.writeText(requestId);
    out.writeByte(released ? 1 : 0);
  }

  static Claim readFrom(StateReader in) {
    long firstSeenMillis = in.readLong();
    long ttlSeconds = in.readLong();
    return new Claim(firstSeenMillis, ttlSeconds, in.readNeededText(), in.readByte() == 1);
  }

  KeyView.ClaimView view(long nowMillis) {
    return new KeyView.ClaimView(
        firstSeenMillis,
        (expiresAtMillis - firstSeenMillis) / 1000,
        Math.max(0, expiresAtMillis - nowMillis));
  }

  /** Its winner's request is answered as the first time, until it is released. */
  CheckLockAnswer answerTo(String otherRequestId) {
    return answer(
        !released && wasWonBy(otherRequestId)
            ? CheckLockAnswer.Verdict.LOCKED
            : CheckLockAnswer.Verdict.DUPLICATE);
  }

  CheckLockAnswer answer(CheckLockAnswer.Verdict verdict) {
    return new CheckLockAnswer(
        verdict, (expiresAtMillis - firstSeenMillis) / 1000, firstSeenMillis);
  }
}
