package tech.onceonly.kafka.spring;

import java.time.Duration;
import org.springframework.kafka.support.Acknowledgment;
import tech.onceonly.Decision;

/**
 * The acknowledgement that a batch listener is given, which tells what it says, and counts in the
 * container's indexes. Before the listener returns it is only noted.
 */
final class BatchAcknowledgment implements Acknowledgment {

  private final Acknowledgment delegate;
  private final Batch<?, ?> batch;
  private final ListenerOutcomes outcomes;

  /** How many of the listener's records are acknowledged. Guarded by this. */
  private int acknowledged;

  /** From which of the listener's records on all come again. Guarded by this. */
  private int again;

  /** Guarded by this. */
  private boolean returned;

  BatchAcknowledgment(Acknowledgment delegate, Batch<?, ?> batch, ListenerOutcomes outcomes) {
    this.delegate = delegate;
    this.batch = batch;
    this.outcomes = outcomes;
    again = batch.size();
  }

  /** The claims are told before the offsets are committed: the other way round a kill doubles. */
  @Override
  public void acknowledge() {
    note(batch.size());
    delegate.acknowledge();
    outcomes.commitSkipped();
  }

  @Override
  public void acknowledge(int index) {
    checkIndex(index);
    delegate.acknowledge(batch.lastDoneWith(index));
    note(index + 1);
    outcomes.commitSkipped();
  }

  @Override
  public void nack(int index, Duration sleep) {
    checkIndex(index);
    delegate.nack(batch.placeOf(index), sleep);
    synchronized (this) {
      acknowledged = Math.max(acknowledged, index);
      again = index;
    }
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
  synchronized void listenerReturned() {
    returned = true;
    for (int i = 0; i < batch.size(); i++) {
      Decision decision = batch.decision(i);
      if (i < acknowledged) {
        outcomes.succeeded(decision);
      } else if (i >= again) {
        outcomes.failed(decision);
      } else {
        outcomes.returned(batch.record(i), decision);
      }
    }
  }

  private synchronized void note(int done) {
    if (returned) {
      for (int i = acknowledged; i < done; i++) {
        outcomes.acknowledged(batch.record(i));
      }
    }
    acknowledged = Math.max(acknowledged, done);
  }

  private void checkIndex(int index) {
    if (index < 0 || index >= batch.size()) {
      throw new IllegalArgumentException(
          "index (" + index + ") is out of range (0-" + (batch.size() - 1) + ")");
    }
  }
}
