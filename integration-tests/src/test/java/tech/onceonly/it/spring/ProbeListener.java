package tech.onceonly.it.spring;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.kafka.listener.AcknowledgingMessageListener;
import org.springframework.kafka.listener.BatchAcknowledgingMessageListener;
import org.springframework.kafka.listener.BatchListenerFailedException;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.listener.MessageListener;
import org.springframework.kafka.support.Acknowledgment;

/** A listener that counts attempts and effects by payment, and fails where a test says so. */
final class ProbeListener {

  private static final Duration NACK_SLEEP = Duration.ofMillis(20);

  final Map<String, Integer> attempts = new ConcurrentHashMap<>();
  final Map<String, Integer> effects = new ConcurrentHashMap<>();
  private final Cell cell;

  /** Which payment fails; empty where none does. */
  volatile String failing = "";

  /** Whether a batch's failure names the record, and not its index. */
  volatile boolean namesRecord;

  /** How often it fails. */
  volatile int failures;

  ProbeListener(Cell cell) {
    this.cell = cell;
  }

  Object listener() {
    if (cell.batch()) {
      return cell.isManual()
          ? (BatchAcknowledgingMessageListener<String, String>) this::onBatch
          : (BatchMessageListener<String, String>) records -> onBatch(records, null);
    }
    return cell.isManual()
        ? (AcknowledgingMessageListener<String, String>) this::onRecord
        : (MessageListener<String, String>) record -> onRecord(record, null);
  }

  private void onRecord(ConsumerRecord<String, String> record, Acknowledgment acknowledgment) {
    if (fails(record)) {
      if (cell.what() == ListenerCase.NACKED) {
        acknowledgment.nack(NACK_SLEEP);
        return;
      }
      throw new IllegalStateException("the probe fails at " + record.value());
    }
    takeEffect(record);
    if (acknowledgment != null) {
      acknowledgment.acknowledge();
    }
  }

  private void onBatch(
      List<ConsumerRecord<String, String>> records, Acknowledgment acknowledgment) {
    for (int i = 0; i < records.size(); i++) {
      ConsumerRecord<String, String> record = records.get(i);
      if (fails(record)) {
        if (cell.what() == ListenerCase.NACKED) {
          acknowledgment.nack(i, NACK_SLEEP);
          return;
        }
        String failure = "the probe fails at " + record.value();
        throw namesRecord
            ? new BatchListenerFailedException(failure, record)
            : new BatchListenerFailedException(failure, i);
      }
      takeEffect(record);
    }
    if (acknowledgment != null) {
      acknowledgment.acknowledge();
    }
  }

  private boolean fails(ConsumerRecord<String, String> record) {
    int attempt = attempts.merge(record.value(), 1, Integer::sum);
    return record.value().equals(failing) && attempt <= failures;
  }

  private void takeEffect(ConsumerRecord<String, String> record) {
    effects.merge(record.value(), 1, Integer::sum);
  }
}
