package tech.onceonly;

/** What becomes of a call of an idempotent function. */
public enum CallDecision {
  /** Its key was won: it runs. */
  RUN("run"),
  /** It runs without a claim, because of an outage. */
  UNPROTECTED("unprotected"),
  /** Its effect has happened before. */
  DUPLICATE("duplicate"),
  /** Another call with its key was waited for long enough. */
  IN_PROGRESS("in_progress"),
  /** An earlier call with its key was declared failed for good. */
  FAILED_FOR_GOOD("failed_for_good"),
  /** It does not run: the service refused, or could not be asked and fail-open is off. */
  REFUSED("refused");

  private final String word;

  CallDecision(String word) {
    this.word = word;
  }

  /** As metrics call it. */
  public String word() {
    return word;
  }
}
