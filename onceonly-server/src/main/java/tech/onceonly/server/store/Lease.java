package tech.onceonly.server.store;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One state of a lease key. Immutable: each step makes a new one. Compared by identity, which is
 * what the store's compare-and-set needs.
 */
public final class Lease {
  /** How long an ended lease can be read, apart from the TTL it was held with. */
  public static final Duration ENDED_RETENTION = Duration.ofDays(7);

  /**
   * How long a lease that ran out or was cancelled is remembered: so long its version goes on
   * rising, and so long its late holder may still complete it.
   */
  public static final Duration LAPSED_RETENTION = Duration.ofDays(1);

  private enum State {
    HELD(0),
    CANCELLED(1),
    /** Freed by an operator: unlike a cancelled one it is nobody's any more. */
    RELEASED(2),
    COMPLETED(3),
    FAILED(4);

    /** As stores write it down. */
    private final int code;

    State(int code) {
      this.code = code;
    }

    private static State ofCode(int code) {
      for (State state : values()) {
        if (state.code == code) {
          return state;
        }
      }
      throw new IllegalStateException("no state has the code " + code);
    }
  }

  private final State state;
  private final String leaseId;
  private final long version;
  private final long ttlSeconds;
  private final long firstSeenMillis;
  private final @Nullable Fingerprint fingerprint;

  /** Of a held lease its end, of any other the moment of its ending. */
  private final long endMillis;

  private final @Nullable String resultHash;
  private final @Nullable String errorCode;
  private final @Nullable ResultJson result;
  private final boolean resultDropped;

  private Lease(
      State state,
      Lease.Holding holding,
      long endMillis,
      @Nullable String resultHash,
      @Nullable String errorCode,
      @Nullable ResultJson result,
      boolean resultDropped) {
    this.state = state;
    this.leaseId = holding.leaseId();
    this.version = holding.version();
    this.ttlSeconds = holding.ttlSeconds();
    this.firstSeenMillis = holding.firstSeenMillis();
    this.fingerprint = holding.fingerprint();
    this.endMillis = endMillis;
    this.resultHash = resultHash;
    this.errorCode = errorCode;
    this.result = result;
    this.resultDropped = resultDropped;
  }

  /** As another store tells it, its state by name. */
  static Lease of(
      String state,
      Holding holding,
      long endMillis,
      @Nullable String resultHash,
      @Nullable String errorCode,
      @Nullable ResultJson result,
      boolean resultDropped) {
    return new Lease(
        State.valueOf(state.toUpperCase(Locale.ROOT)),
        holding,
        endMillis,
        resultHash,
        errorCode,
        result,
        resultDropped);
  }

  /** What stays the same, whatever becomes of the lease. */
  record Holding(
      String leaseId,
      long version,
      long ttlSeconds,
      long firstSeenMillis,
      @Nullable Fingerprint fingerprint) {}

  private static Lease held(Holding holding, long nowMillis) {
    return new Lease(
        State.HELD, holding, nowMillis + holding.ttlSeconds() * 1000, null, null, null, false);
  }

  static Lease first(
      String leaseId, long ttlSeconds, @Nullable Fingerprint fingerprint, long nowMillis) {
    return held(new Holding(leaseId, 1, ttlSeconds, nowMillis, fingerprint), nowMillis);
  }

  Lease next(String nextLeaseId, long nextTtlSeconds, @Nullable Fingerprint its, long nowMillis) {
    return held(
        new Holding(nextLeaseId, version + 1, nextTtlSeconds, firstSeenMillis, its), nowMillis);
  }

  Lease extended(long newTtlSeconds, long nowMillis) {
    return held(
        new Holding(leaseId, version, newTtlSeconds, firstSeenMillis, fingerprint), nowMillis);
  }

  Lease completed(
      @Nullable ResultJson newResult, boolean dropped, @Nullable String hash, long nowMillis) {
    return new Lease(State.COMPLETED, holding(), nowMillis, hash, null, newResult, dropped);
  }

  Lease failed(String newErrorCode, long nowMillis) {
    return new Lease(State.FAILED, holding(), nowMillis, null, newErrorCode, null, false);
  }

  Lease cancelled(long nowMillis) {
    return new Lease(State.CANCELLED, holding(), nowMillis, null, null, null, false);
  }

  Lease released(long nowMillis) {
    return new Lease(State.RELEASED, holding(), nowMillis, null, null, null, false);
  }

  private Holding holding() {
    return new Holding(leaseId, version, ttlSeconds, firstSeenMillis, fingerprint);
  }

  boolean isOf(String otherLeaseId) {
    return leaseId.equals(otherLeaseId);
  }

  /** Held by its lease id, run out or not: nobody else has taken it. */
  boolean isHeld() {
    return state == State.HELD;
  }

  boolean isCompleted() {
    return state == State.COMPLETED;
  }

  boolean isFailed() {
    return state == State.FAILED;
  }

  boolean isCancelled() {
    return state == State.CANCELLED;
  }

  boolean isReleased() {
    return state == State.RELEASED;
  }

  /** Another may lease the key. */
  boolean isFree(long nowMillis) {
    return state == State.CANCELLED
        || state == State.RELEASED
        || (state == State.HELD && nowMillis >= endMillis);
  }

  /** Whether another who asks for the key now does not get it. */
  boolean isTaken(long nowMillis) {
    return !isForgotten(nowMillis) && !isFree(nowMillis);
  }

  /** Counts for nothing any more, whether it still lies in memory or not. */
  boolean isForgotten(long nowMillis) {
    Duration retention = isCompleted() || isFailed() ? ENDED_RETENTION : LAPSED_RETENTION;
    return nowMillis >= endMillis + retention.toMillis();
  }

  void writeTo(StateWriter out) {
    out.writeByte(state.code);
    out.writeLong(version);
    out.writeLong(ttlSeconds);
    out.writeLong(firstSeenMillis);
    out.writeLong(endMillis);
    out.writeText(leaseId);
    out.writeText(resultHash);
    out.writeText(errorCode);
    out.writeByte(resultDropped ? 1 : 0);
    out.writeBytes(result == null ? null : result.utf8());
    Fingerprint.write(fingerprint, out);
  }

  static Lease readFrom(StateReader in) {
    State state = State.ofCode(in.readByte());
    long version = in.readLong();
    long ttlSeconds = in.readLong();
    long firstSeenMillis = in.readLong();
    long endMillis = in.readLong();
    String leaseId = in.readNeededText();
    String resultHash = in.readText();
    String errorCode = in.readText();
    boolean resultDropped = in.readByte() == 1;
    byte[] result = in.readBytes();
    return new Lease(
        state,
        new Holding(leaseId, version, ttlSeconds, firstSeenMillis, Fingerprint.readFrom(in)),
        endMillis,
        resultHash,
        errorCode,
        result == null ? null : new ResultJson(result),
        resultDropped);
  }

  int resultLength() {
    return result == null ? 0 : result.length();
  }

  /** To another who asks for what is taken. */
  LeaseAnswer answerTo(@Nullable Fingerprint otherFingerprint, long nowMillis) {
    return new LeaseAnswer.Taken(
        view(nowMillis), Fingerprint.differ(fingerprint, otherFingerprint));
  }

  static LeaseView viewOf(@Nullable Lease lease, long nowMillis) {
    return lease == null || lease.isForgotten(nowMillis) ? LeaseView.NONE : lease.view(nowMillis);
  }

  LeaseView view(long nowMillis) {
    long left = isHeld() ? Math.max(0, endMillis - nowMillis) : 0;
    return new LeaseView(
        status(nowMillis),
        version,
        ttlSeconds,
        left,
        firstSeenMillis,
        isCompleted() || isFailed() ? endMillis : 0,
        resultHash,
        errorCode,
        result,
        resultDropped);
  }

  private LeaseView.Status status(long nowMillis) {
    if (isFree(nowMillis)) {
      return LeaseView.Status.FREE;
    }
    return switch (state) {
      case HELD -> LeaseView.Status.IN_PROGRESS;
      case CANCELLED, RELEASED -> LeaseView.Status.FREE;
      case COMPLETED -> LeaseView.Status.COMPLETED;
      case FAILED -> LeaseView.Status.FAILED;
    };
  }
}
