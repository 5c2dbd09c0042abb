package tech.onceonly.it.spring;

/** What happens to a record on its way through a listener container. */
enum ListenerCase {
  PROCESSED("processed"),
  SKIPPED("skipped as a duplicate"),
  RETRIED("failed, then retried"),
  RECOVERED("failed, then recovered, then replayed"),
  NACKED("negatively acknowledged"),
  REFUSED("refused (401), then mended"),
  HELD("held, then released"),
  FAIL_OPEN("API down (fail-open)");

  final String title;

  ListenerCase(String title) {
    this.title = title;
  }
}
