package tech.onceonly.server.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a store knows of a check-lock key: who won it, if anybody, and which requests were released
 * of late. Compared by identity, which is what the store's compare-and-set needs.
 */
public final class Claim {
  /**
   * How long a released request is remembered. A check-lock of its id that comes in later than this
   * is taken for a new one.
   */
  static final int RELEASED_SECONDS = 300;

  /** Of one key at a time; beyond, the oldest is forgotten. */
  static final int MAX_RELEASES = 8;

  private final long firstSeenMillis;
  private final long expiresAtMillis;

  /** Null where it is nobody's. */
  private final @Nullable String requestId;

  private final @Nullable Fingerprint fingerprint;
  private final List<Release> releases;

  /** That request wins nothing until then: whoever sent it has given up. */
  private record Release(String requestId, long untilMillis) {}

  private Claim(
      long firstSeenMillis,
      long ttlSeconds,
      @Nullable String requestId,
      @Nullable Fingerprint fingerprint,
      List<Release> releases) {
    this.firstSeenMillis = firstSeenMillis;
    this.expiresAtMillis = firstSeenMillis + ttlSeconds * 1000;
    this.requestId = requestId;
    this.fingerprint = fingerprint;
    this.releases = releases;
  }

  /**
   * Won by that request.
   *
   * @param present what was known of the key before
   */
  static Claim won(
      @Nullable Claim present,
      String requestId,
      long ttlSeconds,
      @Nullable Fingerprint fingerprint,
      long nowMillis) {
    return new Claim(nowMillis, ttlSeconds, requestId, fingerprint, releasesOf(present, nowMillis));
  }

  /** Nobody's, and least of all that request's, which may still be on its way. */
  static Claim released(@Nullable Claim present, String requestId, long nowMillis) {
    List<Release> releases = new ArrayList<>(releasesOf(present, nowMillis));
    releases.removeIf(release -> release.requestId.equals(requestId));
    if (releases.size() == MAX_RELEASES) {
      releases.remove(0);
    }
    releases.add(new Release(requestId, nowMillis + RELEASED_SECONDS * 1000L));
    return new Claim(nowMillis, 0, null, null, List.copyOf(releases));
  }

  /** Whether the key is held. */
  boolean isLive(long nowMillis) {
    return requestId != null && nowMillis < expiresAtMillis;
  }

  /** Whether it counts for nothing any more. */
  boolean isForgotten(long nowMillis) {
    return !isLive(nowMillis) && releasesOf(this, nowMillis).isEmpty();
  }

  /** Whether a check-lock of that request is not to win the key. */
  boolean refuses(String otherRequestId, long nowMillis) {
    return isLive(nowMillis)
        || releasesOf(this, nowMillis).stream()
            .anyMatch(release -> release.requestId.equals(otherRequestId));
  }

  boolean wasWonBy(String otherRequestId) {
    return otherRequestId.equals(requestId);
  }

  /** Where it refuses: its winner's request is answered as the first time, any other not. */
  CheckLockAnswer answerTo(
      String otherRequestId, @Nullable Fingerprint otherFingerprint, long nowMillis) {
    if (wasWonBy(otherRequestId)) {
      return locked();
    }
    return new CheckLockAnswer(
        CheckLockAnswer.Verdict.DUPLICATE,
        ttlSeconds(),
        firstSeenMillis,
        isLive(nowMillis) && Fingerprint.differ(fingerprint, otherFingerprint));
  }

  /** To its winner. */
  CheckLockAnswer locked() {
    return new CheckLockAnswer(
        CheckLockAnswer.Verdict.LOCKED, ttlSeconds(), firstSeenMillis, false);
  }

  KeyView.ClaimView view(long nowMillis) {
    return new KeyView.ClaimView(
        firstSeenMillis, ttlSeconds(), Math.max(0, expiresAtMillis - nowMillis));
  }

  void writeTo(StateWriter out) {
    out.writeLong(firstSeenMillis);
    out.writeLong(ttlSeconds());
    out.writeText(requestId);
    out.writeByte(releases.size());
    for (Release release : releases) {
      out.writeText(release.requestId);
      out.writeLong(release.untilMillis);
    }
    Fingerprint.write(fingerprint, out);
  }

  static Claim readFrom(StateReader in) {
    long firstSeenMillis = in.readLong();
    long ttlSeconds = in.readLong();
    String requestId = in.readText();
    int count = in.readByte();
    List<Release> releases = count == 0 ? List.of() : new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      releases.add(new Release(in.readNeededText(), in.readLong()));
    }
    return new Claim(firstSeenMillis, ttlSeconds, requestId, Fingerprint.readFrom(in), releases);
  }

  private long ttlSeconds() {
    return (expiresAtMillis - firstSeenMillis) / 1000;
  }

  /** Those that are not over. */
  private static List<Release> releasesOf(@Nullable Claim claim, long nowMillis) {
    if (claim == null || claim.releases.isEmpty()) {
      return List.of(); // nearly always
    }
    return claim.releases.stream().filter(release -> nowMillis < release.untilMillis).toList();
  }
}
