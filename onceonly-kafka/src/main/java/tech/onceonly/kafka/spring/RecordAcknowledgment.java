package tech.onceonly.kafka.spring;

import java.time.Duration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.kafka.support.Acknowledgment;
import tech.onceonly.Decision;

/**
 * The acknowledgement that a listener is given, which tells what it says. Before the listener
 * returns it is only noted: a listener that acknowledges and then throws has failed.
 */
final class RecordAcknowledgment implements Acknowledgment {

  private enum Word {
    NONE,
    ACKNOWLEDGED,
    NOT_ACKNOWLEDGED
  }

  private final Acknowledgment delegate;
  private final ConsumerRecord<?, ?> record;
  private final ListenerOutcomes outcomes;

  /** Guarded by this. */
  private Word word = Word.NONE;

  /** Guarded by this. */
  private boolean returned;

  RecordAcknowledgment(
      Acknowledgment delegate, ConsumerRecord<?, ?> record, ListenerOutcomes outcomes) {
    this.delegate = delegate;
    this.record = record;
    this.outcomes = outcomes;
  }

  /** The claim is told before the offset is committed: the other way round a kill doubles it. */
  @Override
  public void acknowledge() {
    if (note(Word.ACKNOWLEDGED)) {
      outcomes.acknowledged(record);
    }
    delegate.acknowledge();
    outcomes.commitSkipped();
  }

  @Override
  public void nack(Duration sleep) {
    delegate.nack(sleep);
    note(Word.NOT_ACKNOWLEDGED);
  }

  @Override
  public boolean isOutOfOrderCommit() {
    return delegate.isOutOfOrderCommit();
  }

  @Override
  public String toString() {
    return delegate.toString();
  }

  /** The listener has returned normally: settles by what it has said, or waits for its word. */
  synchronized void listenerReturned(Decision decision) {
    returned = true;
    switch (word) {
      case ACKNOWLEDGED -> {
        outcomes.succeeded(decision);
        outcomes.acknowledged(record);
        outcomes.commitSkipped();
      }
      case NOT_ACKNOWLEDGED -> outcomes.failed(decision);
      case NONE -> outcomes.returned(record, decision);
    }
  }

  /** Whether it comes after the listener's return. */
  private synchronized boolean note(Word said) {
    word = said;
    return returned;
  }
}
