package tech.onceonly.client;

/** What is counted apart: check-locks, and leases. */
public enum UsageKind {
  MAKE("make"),
  AI("ai");

  private final String word;

  UsageKind(String word) {
    this.word = word;
  }

  String word() {
    return word;
  }
}
