package tech.onceonly.kafka.spring;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.apache.commons.logging.LogFactory;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.springframework.core.log.LogAccessor;
import org.springframework.kafka.KafkaException.Level;
import org.springframework.kafka.listener.CommonErrorHandler;
import org.springframework.kafka.listener.MessageListenerContainer;
import org.springframework.kafka.listener.SeekUtils;
import org.springframework.kafka.support.TopicPartitionOffset;

/**
 * The container's own error handler, which never hears of a held record: that is sought back here,
 * with all that was not processed, and uses up no attempt.
 */
final class HoldingErrorHandler implements CommonErrorHandler {

  private static final LogAccessor LOG =
      new LogAccessor(LogFactory.getLog(HoldingErrorHandler.class));

  private final CommonErrorHandler delegate;
  private final ContainerHold hold;

  HoldingErrorHandler(CommonErrorHandler delegate, ContainerHold hold) {
    this.delegate = delegate;
    this.hold = hold;
  }

  /** The container asks right before it hands over a failure: a held record is always sought. */
  @Override
  public boolean seeksAfterHandling() {
    return hold.isHolding() || delegate.seeksAfterHandling();
  }

  @Override
  public void handleRemaining(
      Exception thrown,
      List<ConsumerRecord<?, ?>> records,
      Consumer<?, ?> consumer,
      MessageListenerContainer container) {
    HeldException held = HeldException.in(thrown);
    if (held == null) {
      delegate.handleRemaining(thrown, records, consumer, container);
    } else {
      seekBack(held, records, consumer, container);
    }
  }

  @Override
  public void handleBatch(
      Exception thrown,
      ConsumerRecords<?, ?> records,
      Consumer<?, ?> consumer,
      MessageListenerContainer container,
      Runnable invokeListener) {
    Supplier<@Nullable Void> own =
        () -> {
          delegate.handleBatch(thrown, records, consumer, container, unwinding(invokeListener));
          return null;
        };
    @Nullable Void unused = orSeekBack(own, thrown, records, consumer, container);
  }

  @Override
  public <K, V> ConsumerRecords<K, V> handleBatchAndReturnRemaining(
      Exception thrown,
      ConsumerRecords<?, ?> records,
      Consumer<?, ?> consumer,
      MessageListenerContainer container,
      Runnable invokeListener) {
    Supplier<ConsumerRecords<K, V>> own =
        () ->
            delegate.handleBatchAndReturnRemaining(
                thrown, records, consumer, container, unwinding(invokeListener));
    return orSeekBack(own, thrown, records, consumer, container);
  }

  @Override
  public boolean handleOne(
      Exception thrown,
      ConsumerRecord<?, ?> record,
      Consumer<?, ?> consumer,
      MessageListenerContainer container) {
    if (HeldException.in(thrown) != null) {
      hold.handled();
      return false;
    }
    return delegate.handleOne(thrown, record, consumer, container);
  }

  @Override
  public void handleOtherException(
      Exception thrown,
      Consumer<?, ?> consumer,
      MessageListenerContainer container,
      boolean batchListener) {
    delegate.handleOtherException(thrown, consumer, container, batchListener);
  }

  @Override
  public LogAccessor logger() {
    return delegate.logger();
  }

  @Override
  public boolean deliveryAttemptHeader() {
    return delegate.deliveryAttemptHeader();
  }

  @Override
  public int deliveryAttempt(TopicPartitionOffset position) {
    return delegate.deliveryAttempt(position);
  }

  @Override
  public void clearThreadState() {
    delegate.clearThreadState();
  }

  @Override
  public boolean isAckAfterHandle() {
    return delegate.isAckAfterHandle();
  }

  @Override
  public void setAckAfterHandle(boolean ack) {
    delegate.setAckAfterHandle(ack);
  }

  @Override
  public void onPartitionsAssigned(
      Consumer<?, ?> consumer, Collection<TopicPartition> partitions, Runnable publishPause) {
    delegate.onPartitionsAssigned(consumer, partitions, publishPause);
  }

  private <T extends @Nullable Object> T orSeekBack(
      Supplier<T> own,
      Exception thrown,
      ConsumerRecords<?, ?> records,
      Consumer<?, ?> consumer,
      MessageListenerContainer container) {
    HeldException held = HeldException.in(thrown);
    if (held == null) {
      try {
        return own.get();
      } catch (Unwound e) {
        held = e.held;
      }
    }
    List<ConsumerRecord<?, ?>> all = new ArrayList<>(records.count());
    records.forEach(all::add);
    seekBack(held, all, consumer, container);
    throw held; // seekBack has thrown already
  }

  /**
   * A handler that retries a batch on the spot would count a held record as a failed attempt, and
   * in the end recover the batch. Only an error ends its loop.
   */
  private static Runnable unwinding(Runnable invokeListener) {
    return () -> {
      try {
        invokeListener.run();
      } catch (RuntimeException e) {
        HeldException held = HeldException.in(e);
        if (held != null) {
          throw new Unwound(held);
        }
        throw e;
      }
    };
  }

  /** Throws, as the container expects of a handler that has sought: so nothing is acknowledged. */
  private void seekBack(
      HeldException held,
      List<ConsumerRecord<?, ?>> records,
      Consumer<?, ?> consumer,
      MessageListenerContainer container) {
    hold.handled();
    SeekUtils.seekOrRecover(
        held, records, consumer, container, false, (record, e) -> false, LOG, Level.DEBUG);
  }

  private static final class Unwound extends Error {
    private static final long serialVersionUID = 1L;

    private final HeldException held;

    Unwound(HeldException held) {
      super(held);
      this.held = held;
    }
  }
}
