package tech.onceonly;

/** What a claim promises when a process dies. */
public enum Mode {
  /**
   * One call before the listener. At most once across a crash: a process that dies between its
   * claim and the effect loses that effect until the TTL ends.
   */
  CHECK_LOCK,
  /**
   * Lease, listener, complete. At least once across a crash, one listener at a time: the effect
   * runs again only where the process dies between the effect and the completion.
   */
  LEASE
}
