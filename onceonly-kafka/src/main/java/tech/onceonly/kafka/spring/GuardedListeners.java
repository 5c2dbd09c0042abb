package tech.onceonly.kafka.spring;

import java.util.function.Predicate;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.listener.DelegatingMessageListener;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.listener.adapter.AsyncRepliesAware;
import tech.onceonly.kafka.KafkaGuard;

/** Puts a container's listener behind its guard, by the kind of listener that it is. */
final class GuardedListeners {

  private GuardedListeners() {}

  /** Whether it, or one that it delegates to, is behind a guard. */
  static boolean isGuarded(Object listener) {
    Object each = listener;
    while (true) {
      if (each instanceof GuardedRecordListener || each instanceof GuardedBatchListener) {
        return true;
      }
      if (!(each instanceof DelegatingMessageListener<?> delegating)) {
        return false;
      }
      each = delegating.getDelegate();
    }
  }

  /**
   * Refuses what says by a future how its work has ended.
   *
   * @throws IllegalStateException with the mend
   */
  static void requireNoFuture(Object listener, String listenerId) {
    if (listener instanceof AsyncRepliesAware async && async.isAsyncReplies()) {
      throw new IllegalStateException(
          "listener "
              + listenerId
              + " returns a future, a Mono or suspends: its failures are acknowledged like its"
              + " successes, so its claims cannot be settled. Let it return when its work is done,"
              + " or leave it out with without(\""
              + listenerId
              + "\") and guard the work itself");
    }
  }

  @SuppressWarnings("unchecked") // the container's own listener
  static <K, V> Object guarded(
      Object listener,
      KafkaGuard guard,
      Predicate<String> origins,
      ContainerHold hold,
      ListenerOutcomes outcomes) {
    if (listener instanceof BatchMessageListener) {
      return new GuardedBatchListener<>(
          (BatchMessageListener<K, V>) listener, guard, origins, hold, outcomes);
    }
    if (listener instanceof MessageListener) {
      return new GuardedRecordListener<>(
          (MessageListener<K, V>) listener, guard, origins, hold, outcomes);
    }
    throw new IllegalStateException(
        "listener "
            + hold.listenerId()
            + " is of an unknown kind: "
            + listener.getClass().getName());
  }
}
