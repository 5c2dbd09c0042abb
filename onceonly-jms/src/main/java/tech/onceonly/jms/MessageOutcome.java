package tech.onceonly.jms;

import java.time.Duration;
import tech.onceonly.Decision.HoldReason;
import tech.onceonly.Decision.SkipReason;

/** What became of a message that was handed to {@link OnceOnlyJms#handle}. */
public sealed interface MessageOutcome {

  /**
   * The work has run and returned.
   *
   * @param isProtected false where it ran without a claim: an outage, no key, a bypass
   */
  record Processed(boolean isProtected) implements MessageOutcome {}

  /** The effect has happened, or is another delivery's: the work did not run. */
  record Skipped(SkipReason reason) implements MessageOutcome {}

  /** It had to wait, and still has to: the work did not run. */
  record Held(HoldReason reason, Duration retryAfter) implements MessageOutcome {}

  /** The claim service refuses, for example the API key: the work did not run. */
  record Refused(RuntimeException cause) implements MessageOutcome {}

  /**
   * Whether the message is done with: acknowledge it, or commit. Where not, do neither: hand it to
   * {@code handle} again, or recover the session, or roll it back, which may cost one of the
   * broker's delivery attempts.
   */
  default boolean isDone() {
    return this instanceof Processed || this instanceof Skipped;
  }
}
