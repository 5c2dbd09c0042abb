package tech.onceonly.kafka.spring;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.springframework.kafka.listener.AcknowledgingConsumerAwareMessageListener;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.support.Acknowledgment;
import tech.onceonly.ClaimContext;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.HoldReason;
import tech.onceonly.Decision.Refuse;
import tech.onceonly.Decision.Skip;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.kafka.KafkaGuard;

/**
 * A record listener that runs once: each record is claimed right before it.
 *
 * <p>The container calls the variant of the innermost listener, so all are here.
 */
final class GuardedRecordListener<K, V> extends GuardedListener<MessageListener<K, V>>
    implements AcknowledgingConsumerAwareMessageListener<K, V> {

  private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(1);

  private final KafkaGuard guard;
  private final Predicate<String> origins;
  private final ContainerHold hold;
  private final ListenerOutcomes outcomes;

  GuardedRecordListener(
      MessageListener<K, V> delegate,
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
      ConsumerRecord<K, V> record,
      @Nullable Acknowledgment acknowledgment,
      @Nullable Consumer<?, ?> consumer) {
    outcomes.redelivered(record);
    Decision decision = decide(record);
    if (decision instanceof Hold waits) {
      if (waits.reason() == HoldReason.IN_PROGRESS_HERE
          && isSkippedBehind(record, acknowledgment)) {
        return;
      }
      throw hold.hold(record, waits.retryAfter());
    }
    if (decision instanceof Refuse refuse) {
      throw hold.refuse(record, refuse.cause());
    }
    hold.answered();
    if (!(decision instanceof Skip)) {
      run(record, decision, acknowledgment, consumer);
    } else {
      outcomes.skipped(List.of(record), acknowledgment);
    }
  }

  @Override
  public void onMessage(ConsumerRecord<K, V> record) {
    onMessage(record, null, null);
  }

  @Override
  public void onMessage(ConsumerRecord<K, V> record, @Nullable Acknowledgment acknowledgment) {
    onMessage(record, acknowledgment, null);
  }

  @Override
  public void onMessage(ConsumerRecord<K, V> record, @Nullable Consumer<?, ?> consumer) {
    onMessage(record, null, consumer);
  }

  private Decision decide(ConsumerRecord<K, V> record) {
    try {
      return guard.decideAll(List.of(record), origins).get(0);
    } catch (InterruptException e) {
      // The thread is asked to stop, not the record to be recovered.
      return new Hold(HoldReason.OUTAGE, AFTER_INTERRUPT);
    }
  }

  /**
   * A listener that collects records acknowledges none before it has them all: where it has
   * returned from an equal one, this one would wait for it, and it for this one.
   */
  private boolean isSkippedBehind(
      ConsumerRecord<K, V> record, @Nullable Acknowledgment acknowledgment) {
    IdempotencyKey key = guard.keyOf(record, origins);
    return key != null
        && acknowledgment != null
        && outcomes.isSkippedBehindEqual(record, key, acknowledgment);
  }

  private void run(
      ConsumerRecord<K, V> record,
      Decision decision,
      @Nullable Acknowledgment acknowledgment,
      @Nullable Consumer<?, ?> consumer) {
    RecordAcknowledgment told =
        acknowledgment == null ? null : new RecordAcknowledgment(acknowledgment, record, outcomes);
    boolean done = false;
    CurrentRecord.enter(ClaimContext.of(decision));
    try {
      call(record, told, consumer);
      done = true;
    } finally {
      CurrentRecord.leave();
      if (!done) {
        outcomes.failed(decision);
      }
    }
    if (told == null) {
      outcomes.succeeded(decision);
    } else {
      told.listenerReturned(decision);
    }
    guard.awaitSettled();
  }

  private void call(
      ConsumerRecord<K, V> record,
      @Nullable Acknowledgment acknowledgment,
      @Nullable Consumer<?, ?> consumer) {
    switch (delegateType) {
      case ACKNOWLEDGING_CONSUMER_AWARE -> delegate.onMessage(record, acknowledgment, consumer);
      case ACKNOWLEDGING -> delegate.onMessage(record, acknowledgment);
      case CONSUMER_AWARE -> delegate.onMessage(record, consumer);
      case SIMPLE -> delegate.onMessage(record);
    }
  }
}
