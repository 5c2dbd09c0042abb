package tech.onceonly.spring;

/** What a call gives whose effect has happened before. */
public enum OnDuplicate {
  /**
   * In lease mode the first call's result, in check-lock mode an exception; of a listener method
   * nothing is ever thrown for it, since its error handler would retry what has happened.
   */
  DEFAULT,
  /**
   * The first call's result, which the service stores as JSON: lease mode alone. Where it is not to
   * be had, a {@link tech.onceonly.client.DuplicateCallException}; a listener method then gives
   * null.
   */
  REPLAY,
  /** Null; a method without a result simply returns. Not for primitive results. */
  RETURN_NULL,
  /** A {@link tech.onceonly.client.DuplicateCallException}. */
  THROW
}
