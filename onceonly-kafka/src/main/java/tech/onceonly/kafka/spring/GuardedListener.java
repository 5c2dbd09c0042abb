package tech.onceonly.kafka.spring;

import java.util.Collection;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.springframework.kafka.listener.ConsumerSeekAware;
import org.springframework.kafka.listener.adapter.AbstractDelegatingMessageListenerAdapter;
import org.springframework.kafka.listener.adapter.AsyncRepliesAware;

/**
 * What a container tells its listener beside records: passed on, with seeks watched; and what ends
 * the outcomes of records that were handed over is told to them.
 */
abstract class GuardedListener<T> extends AbstractDelegatingMessageListenerAdapter<T>
    implements AsyncRepliesAware {

  private final WatchedSeeks seeks;
  private final ListenerOutcomes told;

  GuardedListener(T delegate, String listenerId, ListenerOutcomes told) {
    super(delegate);
    seeks = new WatchedSeeks(listenerId);
    this.told = told;
  }

  /** Spring Kafka 3 asks the outermost listener; such listeners are refused at the start. */
  @Override
  public boolean isAsyncReplies() {
    return delegate instanceof AsyncRepliesAware aware && aware.isAsyncReplies();
  }

  @Override
  public void registerSeekCallback(ConsumerSeekCallback callback) {
    super.registerSeekCallback(seeks.watched(callback));
  }

  @Override
  public void onPartitionsAssigned(
      Map<TopicPartition, Long> assignments, ConsumerSeekCallback callback) {
    super.onPartitionsAssigned(assignments, seeks.watched(callback));
  }

  @Override
  public void onIdleContainer(
      Map<TopicPartition, Long> assignments, ConsumerSeekCallback callback) {
    super.onIdleContainer(assignments, seeks.watched(callback));
  }

  @Override
  public void onPartitionsRevoked(@Nullable Collection<TopicPartition> partitions) {
    if (partitions != null) {
      told.revoked(partitions);
    }
    super.onPartitionsRevoked(partitions);
  }

  /** The framework's own delegating listener does not pass it on. */
  @Override
  public void onFirstPoll() {
    if (delegate instanceof ConsumerSeekAware aware) {
      aware.onFirstPoll();
    }
  }

  /** The framework's own delegating listener does not pass it on. */
  @Override
  public void unregisterSeekCallback() {
    told.consumerStopped();
    if (delegate instanceof ConsumerSeekAware aware) {
      aware.unregisterSeekCallback();
    }
  }
}
