package tech.onceonly.testing;

/** What an {@link OutageProxy} does with bytes. */
enum ProxyMode {
  FORWARD,
  BLACKHOLE,
  LOSE_ANSWERS,
  RESET;

  boolean passesRequests() {
    return this == FORWARD || this == LOSE_ANSWERS;
  }

  boolean passesAnswers() {
    return this == FORWARD;
  }
}
