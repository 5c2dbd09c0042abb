package tech.onceonly.it.jms;

/** What can happen to a message. */
enum JmsCase {
  PROCESSED("processed"),
  SKIPPED("a duplicate"),
  THROWS("one whose listener throws once"),
  DEAD("one whose listener throws always"),
  HELD("held (429, in progress elsewhere)"),
  REFUSED("refused (401)"),
  FAIL_OPEN("delivered in an outage");

  final String title;

  JmsCase(String title) {
    this.title = title;
  }
}
