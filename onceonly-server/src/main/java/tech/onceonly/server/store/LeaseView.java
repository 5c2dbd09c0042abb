package tech.onceonly.server.store;

import org.jspecify.annotations.Nullable;

/**
 * What anybody may know of a lease key. It does not hold the lease id, so that no answer made of it
 * can reveal the holder's.
 *
 * @param ttlSeconds the TTL last granted
 * @param ttlLeftMillis what is left of it; 0 unless in progress
 * @param doneAtMillis when it ended; 0 where it has not
 * @param resultDropped a result was given and could not be kept
 */
public record LeaseView(
    Status status,
    long version,
    long ttlSeconds,
    long ttlLeftMillis,
    long firstSeenMillis,
    long doneAtMillis,
    @Nullable String resultHash,
    @Nullable String errorCode,
    @Nullable ResultJson result,
    boolean resultDropped) {
  public static final LeaseView NONE =
      new LeaseView(Status.FREE, 0, 0, 0, 0, 0, null, null, null, false);

  public enum Status {
    /** Never leased, cancelled, run out, or forgotten. */
    FREE("not_found"),
    IN_PROGRESS("in_progress"),
    COMPLETED("completed"),
    FAILED("failed");

    private final String word;

    Status(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  /** Whole seconds left, rounded up, so that waiting them out suffices. */
  public long ttlLeftSeconds() {
    return (ttlLeftMillis + 999) / 1000;
  }
}
