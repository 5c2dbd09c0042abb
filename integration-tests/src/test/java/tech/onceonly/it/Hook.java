package tech.onceonly.it;

import tech.onceonly.Mode;

/** Every way in which the library stands in a Kafka consumer: each scenario runs through them. */
enum Hook {
  INTERCEPTOR(Mode.CHECK_LOCK),
  WRAP_CHECK_LOCK(Mode.CHECK_LOCK),
  WRAP_LEASE(Mode.LEASE),
  FOR_EACH_CHECK_LOCK(Mode.CHECK_LOCK),
  FOR_EACH_LEASE(Mode.LEASE);

  private final Mode mode;

  Hook(Mode mode) {
    this.mode = mode;
  }

  Mode mode() {
    return mode;
  }

  boolean isForEach() {
    return this == FOR_EACH_CHECK_LOCK || this == FOR_EACH_LEASE;
  }

  boolean isWrap() {
    return this == WRAP_CHECK_LOCK || this == WRAP_LEASE;
  }
}
