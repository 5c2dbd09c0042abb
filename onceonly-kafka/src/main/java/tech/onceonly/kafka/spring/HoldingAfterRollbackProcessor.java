package tech.onceonly.kafka.spring;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.logging.LogFactory;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.springframework.core.log.LogAccessor;
import org.springframework.kafka.listener.AfterRollbackProcessor;
import org.springframework.kafka.listener.ContainerProperties.EOSMode;
import org.springframework.kafka.listener.DeliveryAttemptAware;
import org.springframework.kafka.listener.MessageListenerContainer;
import org.springframework.kafka.listener.SeekUtils;
import org.springframework.kafka.support.TopicPartitionOffset;

/** The container's own processor, which never hears of a held record: that is sought back here. */
final class HoldingAfterRollbackProcessor<K, V>
    implements AfterRollbackProcessor<K, V>, DeliveryAttemptAware {

  private static final LogAccessor LOG =
      new LogAccessor(LogFactory.getLog(HoldingAfterRollbackProcessor.class));

  private final AfterRollbackProcessor<K, V> delegate;
  private final ContainerHold hold;

  HoldingAfterRollbackProcessor(AfterRollbackProcessor<K, V> delegate, ContainerHold hold) {
    this.delegate = delegate;
    this.hold = hold;
  }

  @Override
  public void process(
      List<ConsumerRecord<K, V>> records,
      Consumer<K, V> consumer,
      MessageListenerContainer container,
      Exception exception,
      boolean recoverable,
      EOSMode eosMode) {
    if (HeldException.in(exception) != null) {
      seekBack(records, consumer);
    } else {
      delegate.process(records, consumer, container, exception, recoverable, eosMode);
    }
  }

  @Override
  public void processBatch(
      ConsumerRecords<K, V> records,
      List<ConsumerRecord<K, V>> recordList,
      Consumer<K, V> consumer,
      MessageListenerContainer container,
      Exception exception,
      boolean recoverable,
      EOSMode eosMode) {
    if (HeldException.in(exception) != null) {
      List<ConsumerRecord<K, V>> all = new ArrayList<>(records.count());
      records.forEach(all::add);
      seekBack(all, consumer);
    } else {
      delegate.processBatch(
          records, recordList, consumer, container, exception, recoverable, eosMode);
    }
  }

  @Override
  public void clearThreadState() {
    delegate.clearThreadState();
  }

  @Override
  public boolean isProcessInTransaction() {
    return delegate.isProcessInTransaction();
  }

  @Override
  public int deliveryAttempt(TopicPartitionOffset position) {
    return delegate instanceof DeliveryAttemptAware aware ? aware.deliveryAttempt(position) : 1;
  }

  private void seekBack(List<ConsumerRecord<K, V>> records, Consumer<K, V> consumer) {
    hold.handled();
    SeekUtils.doSeeksToBegin(new ArrayList<>(records), consumer, LOG);
  }
}
