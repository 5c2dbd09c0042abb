package tech.onceonly.kafka.spring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.springframework.kafka.listener.BatchAcknowledgingConsumerAwareMessageListener;
import org.springframework.kafka.listener.BatchListenerFailedException;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.support.Acknowledgment;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.HoldReason;
import tech.onceonly.Decision.Refuse;
import tech.onceonly.kafka.KafkaGuard;

/**
 * A batch listener that runs once: all records of a batch are claimed together, and the listener
 * gets those that are to run. Where one of them has to wait, none runs: what can go on comes again
 * without the partition that waits.
 */
final class GuardedBatchListener<K, V> extends GuardedListener<BatchMessageListener<K, V>>
    implements BatchAcknowledgingConsumerAwareMessageListener<K, V> {

  private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(1);

  private final KafkaGuard guard;
  private final Predicate<String> origins;
  private final ContainerHold hold;
  private final ListenerOutcomes outcomes;

  GuardedBatchListener(
      BatchMessageListener<K, V> delegate,
      KafkaGuard guard,
      Predicate<String> origins,
      ContainerHold hold,
      ListenerOutcomes outcomes) {
    super(delegate, hold.listenerId(), outcomes);
    this.guard = guard;
    this.origins = origins;
    this.hold = hold;
    this.outcomes = outcomes;
  }

  @Override
  public void onMessage(
      List<ConsumerRecord<K, V>> records,
      @Nullable Acknowledgment acknowledgment,
      @Nullable Consumer<?, ?> consumer) {
    run(
        records,
        acknowledgment,
        (batch, told) -> {
          switch (delegateType) {
            case ACKNOWLEDGING_CONSUMER_AWARE ->
                delegate.onMessage(batch.records(), told, consumer);
            case ACKNOWLEDGING -> delegate.onMessage(batch.records(), told);
            case CONSUMER_AWARE -> delegate.onMessage(batch.records(), consumer);
            case SIMPLE -> delegate.onMessage(batch.records());
          }
        });
  }

  @Override
  public void onMessage(List<ConsumerRecord<K, V>> records) {
    onMessage(records, null, null);
  }

  @Override
  public void onMessage(
      List<ConsumerRecord<K, V>> records, @Nullable Acknowledgment acknowledgment) {
    onMessage(records, acknowledgment, null);
  }

  @Override
  public void onMessage(List<ConsumerRecord<K, V>> records, @Nullable Consumer<?, ?> consumer) {
    onMessage(records, null, consumer);
  }

  @Override
  public void onMessage(
      ConsumerRecords<K, V> records,
      @Nullable Acknowledgment acknowledgment,
      Consumer<K, V> consumer) {
    List<ConsumerRecord<K, V>> all = new ArrayList<>(records.count());
    records.forEach(all::add);
    run(
        all,
        acknowledgment,
        (batch, told) ->
            delegate.onMessage(
                KafkaGuard.withRecords(records, batch.byPartition()), told, consumer));
  }

  @Override
  public boolean wantsPollResult() {
    return delegate.wantsPollResult();
  }

  private void run(
      List<ConsumerRecord<K, V>> records,
      @Nullable Acknowledgment acknowledgment,
      BiConsumer<Batch<K, V>, @Nullable Acknowledgment> listener) {
    records.forEach(outcomes::redelivered);
    List<Decision> decisions = decide(records);
    boolean runs = false;
    try {
      HeldException held = held(records, decisions);
      if (held != null) {
        throw held;
      }
      runs = true;
    } finally {
      if (!runs) {
        decisions.forEach(outcomes::failed);
      }
    }
    hold.answered();
    Batch<K, V> batch = new Batch<>(records, decisions);
    if (!batch.isEmpty()) {
      run(batch, acknowledgment, listener);
    } else {
      outcomes.skipped(records, acknowledgment);
    }
  }

  private List<Decision> decide(List<ConsumerRecord<K, V>> records) {
    try {
      // Each of a container's consumers has a thread.
      return guard.decideAll(records, origins, Thread.currentThread());
    } catch (InterruptException e) {
      // The thread is asked to stop, not the batch to be recovered.
      return records.stream()
          .<Decision>map(record -> new Hold(HoldReason.OUTAGE, AFTER_INTERRUPT))
          .toList();
    }
  }

  /** Every partition waits whose turn it is not. */
  private @Nullable HeldException held(
      List<ConsumerRecord<K, V>> records, List<Decision> decisions) {
    for (int i = 0; i < decisions.size(); i++) {
      if (decisions.get(i) instanceof Refuse refuse) {
        return hold.refuse(records.get(i), refuse.cause());
      }
    }
    HeldException held = null;
    Set<TopicPartition> waiting = new HashSet<>();
    for (int i = 0; i < decisions.size(); i++) {
      ConsumerRecord<K, V> record = records.get(i);
      if (decisions.get(i) instanceof Hold waits
          && waiting.add(new TopicPartition(record.topic(), record.partition()))) {
        held = hold.hold(record, waits.retryAfter());
      }
    }
    return held;
  }

  private void run(
      Batch<K, V> batch,
      @Nullable Acknowledgment acknowledgment,
      BiConsumer<Batch<K, V>, @Nullable Acknowledgment> listener) {
    BatchAcknowledgment told =
        acknowledgment == null ? null : new BatchAcknowledgment(acknowledgment, batch, outcomes);
    int succeeded = 0;
    try {
      listener.accept(batch, told);
      succeeded = batch.size();
    } catch (RuntimeException e) {
      int failed = BatchFailure.indexIn(batch.records(), e);
      succeeded = outcomes.isInTransaction() ? 0 : Math.max(0, failed);
      throw failed < 0 ? e : namingTheRecord(batch, failed, e);
    } finally {
      if (succeeded < batch.size() || told == null) {
        settle(batch, succeeded);
      }
    }
    if (told != null) {
      told.listenerReturned();
    }
    guard.awaitSettled();
  }

  private void settle(Batch<K, V> batch, int succeeded) {
    for (int i = 0; i < batch.size(); i++) {
      if (i < succeeded) {
        outcomes.succeeded(batch.decision(i));
      } else {
        outcomes.failed(batch.decision(i));
      }
    }
  }

  /** The error handler has all that was polled, where the listener's index points elsewhere. */
  private static RuntimeException namingTheRecord(
      Batch<?, ?> batch, int index, RuntimeException thrown) {
    return new BatchListenerFailedException(
        String.valueOf(thrown.getMessage()), thrown, batch.record(index));
  }
}
