package tech.onceonly.it.jms;

import tech.onceonly.Mode;
import tech.onceonly.testing.JmsBrokerKind;

/** One square of the table: what happens, before which hook, in which mode, on which broker. */
record JmsCell(JmsBrokerKind broker, Mode mode, JmsHook hook, JmsCase what) {

  /** What is acknowledged all the same has no second attempt. */
  boolean exists() {
    return !(hook.losesWhatFails() && what == JmsCase.DEAD);
  }

  @Override
  public String toString() {
    return broker + ", " + mode + ", " + hook.title + ": " + what.title;
  }
}
