package tech.onceonly.demo;

/**
 * What the demo runs with.
 *
 * @param run tells one run's topics and keys from another's
 */
record DemoSettings(
    String run,
    String bootstrapServers,
    String baseUrl,
    String apiKey,
    int payments,
    int duplicateEvery,
    int kills) {

  @Override
  public String toString() {
    return "DemoSettings[run=" + run + ", bootstrapServers=" + bootstrapServers + "]";
  }
}
