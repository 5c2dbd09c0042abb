package tech.onceonly;

/** How a guard's caller learns what became of a delivery. */
public enum Settlement {
  /**
   * The caller runs the listener and tells its outcome. While it runs, another delivery of the same
   * key is held.
   */
  BY_OUTCOME,
  /**
   * The caller hands records over and learns of commits alone. A record that comes again before its
   * commit is a retry, and is handed over again; another record of the same key is skipped, since
   * the one before it is committed first or comes again. Where they were received in two
   * {@linkplain Delivery#session sessions}, what is or may be the same record waits for the other
   * to end: it may have been taken from a session that was lost while its listener worked.
   */
  BY_COMMIT
}
