package tech.onceonly.server.store;

/** What the store says to a lease call. */
public sealed interface LeaseAnswer {
  /** The caller holds it now. */
  record Acquired(LeaseView view) implements LeaseAnswer {}

  /**
   * Somebody else holds it, or it has ended.
   *
   * @param fingerprintMismatch whether it was acquired with another fingerprint than is asked with
   */
  record Taken(LeaseView view, boolean fingerprintMismatch) implements LeaseAnswer {}

  /** The store is at its bound and the key is not in it: refused. */
  record Full() implements LeaseAnswer {}
}
