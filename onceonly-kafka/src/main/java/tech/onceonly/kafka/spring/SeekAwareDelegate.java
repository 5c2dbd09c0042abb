package tech.onceonly.kafka.spring;

import org.springframework.kafka.listener.ConsumerSeekAware;

/** The calls that the framework's own delegating listener does not pass on. */
final class SeekAwareDelegate {

  private SeekAwareDelegate() {}

  static void onFirstPoll(Object listener) {
    if (listener instanceof ConsumerSeekAware aware) {
      aware.onFirstPoll();
    }
  }

  static void unregister(Object listener) {
    if (listener instanceof ConsumerSeekAware aware) {
      aware.unregisterSeekCallback();
    }
  }
}
