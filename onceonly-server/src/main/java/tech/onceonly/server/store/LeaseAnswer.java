package tech.onceonly.server.store;

/** What the store says to a lease call. */
public sealed interface LeaseAnswer {
  /** The caller holds it now. */
  record Acquired(LeaseView view) implements LeaseAnswer {}

  /** Somebody else holds it, or it has ended. */
  record Taken(LeaseView view) implements LeaseAnswer {}

  /** The store is at its bound and the key is not in it: refused. */
  record Full() implements LeaseAnswer {}
}
