package tech.onceonly.server.store;

/** What the store says to extend, complete, fail and cancel. */
public sealed interface SettleAnswer {
  /** It was done, or had been done by the same lease before. */
  record Settled(LeaseView view) implements SettleAnswer {}

  /** That lease does not hold the key; nothing was changed. */
  record Lost(LeaseView present) implements SettleAnswer {}
}
