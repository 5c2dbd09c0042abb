package tech.onceonly;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What came of extending or settling a claim. */
public sealed interface SettleAnswer {

  /** Done, or was done before. */
  record Done() implements SettleAnswer {}

  /** The claim is not ours, or no longer: another owner may have it. */
  record LeaseLost(String message) implements SettleAnswer {}

  /**
   * Not now: an outage, or 429. Settling may be repeated: it is conditional on the lease id.
   *
   * @param retryAfter null where not told
   */
  record NotNow(String message, @Nullable Duration retryAfter) implements SettleAnswer {}

  /**
   * Asking again at once would be answered alike.
   *
   * @param aboutThisKey as of {@link ClaimAnswer.Refused}
   */
  record Refused(RuntimeException cause, boolean aboutThisKey) implements SettleAnswer {

    /** One that may be mended. */
    public Refused(RuntimeException cause) {
      this(cause, false);
    }
  }
}
