package tech.onceonly.demo;

/**
 * What the demo runs with.
 *
 * @param run tells one run's destinations and keys from another's
 */
record DemoSettings(
    String run, String baseUrl, String apiKey, int payments, int duplicateEvery, int kills) {

  @Override
  public String toString() {
    return "DemoSettings[run=" + run + ", payments=" + payments + ", kills=" + kills + "]";
  }
}
