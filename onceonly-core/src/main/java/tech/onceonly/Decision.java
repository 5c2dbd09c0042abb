package tech.onceonly;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What to do with one delivery. */
public sealed interface Decision {

  /** The key is ours: run the listener, then tell the guard its outcome. */
  @SuppressWarnings(
      "JavaLangClash") // the decision's name; no one starts an operating system's process from it
  record Process(Claim claim) implements Decision {}

  /**
   * Run the listener though nothing protects it; tell the guard its outcome all the same, so that
   * the key can be claimed afterwards.
   */
  final class ProcessUnprotected implements Decision {
    private final UnprotectedReason reason;
    private final @Nullable OutageReason outage;
    private final @Nullable Claim unproven;

    ProcessUnprotected(
        UnprotectedReason reason, @Nullable OutageReason outage, @Nullable Claim unproven) {
      this.reason = reason;
      this.outage = outage;
      this.unproven = unproven;
    }

    public UnprotectedReason reason() {
      return reason;
    }

    /** What kind of outage; null where it is none. */
    public @Nullable OutageReason outage() {
      return outage;
    }

    /** Whose claim nobody could prove; null where there was none to ask for. */
    public @Nullable IdempotencyKey key() {
      return unproven == null ? null : unproven.key();
    }

    /** The guard's own note of this delivery; it proves nothing, so nobody else sees it. */
    @Nullable Claim unproven() {
      return unproven;
    }

    @Override
    public String toString() {
      return "ProcessUnprotected[" + reason + (outage == null ? "" : ", " + outage) + "]";
    }
  }

  /**
   * The effect has happened, or is another delivery's: acknowledge without running.
   *
   * @param fingerprintMismatch whether the key was claimed by what has another fingerprint: a sign
   *     that it names two effects
   */
  record Skip(SkipReason reason, @Nullable Instant firstSeenAt, boolean fingerprintMismatch)
      implements Decision {}

  /** Neither run nor acknowledge; ask again after this long. */
  record Hold(HoldReason reason, Duration retryAfter) implements Decision {}

  /** Process nothing, acknowledge nothing, send nothing to a dead-letter destination. */
  record Refuse(RuntimeException cause) implements Decision {}

  /** Why a delivery runs without protection. */
  enum UnprotectedReason {
    /** The API gave no answer to rely on, and fail-open is set. */
    OUTAGE,
    /** No key source found a key. */
    NO_KEY,
    /** The user's predicate lets it pass. */
    BYPASSED,
    /** As many claims as allowed are unsettled. */
    TOO_MANY_UNSETTLED,
    /** A dry run: it would not have run. */
    DRY_RUN
  }

  /** Why a delivery does not run. */
  enum SkipReason {
    /** The service says that the key is held. */
    DUPLICATE,
    /** The service says that the effect has happened. */
    COMPLETED,
    /** The service says that the work was declared failed for good. */
    FAILED_FOR_GOOD,
    /** This process has finished it; the service was not asked. */
    FINISHED_HERE,
    /** An earlier record of this key was handed over by this process and not yet committed. */
    HANDED_OVER_HERE
  }

  /** Why a delivery waits. */
  enum HoldReason {
    /** Another process holds the lease. */
    IN_PROGRESS,
    /** This process is at work on the same key. */
    IN_PROGRESS_HERE,
    /** 429. */
    RATE_LIMITED,
    /** The API gave no answer to rely on, and fail-open is off. */
    OUTAGE,
    /** As many claims as allowed are unsettled, and fail-open is off. */
    TOO_MANY_UNSETTLED
  }
}
