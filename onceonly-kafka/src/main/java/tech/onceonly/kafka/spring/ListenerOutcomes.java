package tech.onceonly.kafka.spring;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import tech.onceonly.Decision;
import tech.onceonly.Mode;
import tech.onceonly.Outcome;
import tech.onceonly.kafka.KafkaGuard;

/**
 * Settles what a container's listener ran: when it returns, when its transaction ends, or, where
 * the listener acknowledges by hand, when it does that.
 *
 * <p>Thread-safe: a container's consumers share it, and any thread may acknowledge.
 */
final class ListenerOutcomes {

  private final KafkaGuard guard;
  private final @Nullable TransactionOutcomes transactions;

  /** Whether a record is acknowledged alone, and not with all before it. */
  private final boolean outOfOrder;

  /** What returned and was not acknowledged, by offset. Guarded by this. */
  private final Map<TopicPartition, NavigableMap<Long, Decision>> unacknowledged = new HashMap<>();

  /** Whose consumer polled what was not acknowledged. Guarded by this. */
  private final Map<TopicPartition, Thread> consumers = new HashMap<>();

  ListenerOutcomes(
      KafkaGuard guard, @Nullable TransactionOutcomes transactions, boolean outOfOrder) {
    this.guard = guard;
    this.transactions = transactions;
    this.outOfOrder = outOfOrder;
  }

  /** The listener has done its work. */
  void succeeded(Decision decision) {
    if (transactions == null) {
      guard.settle(decision, Outcome.SUCCEEDED);
    } else {
      transactions.whenEnded(outcome -> guard.settle(decision, outcome));
    }
  }

  void failed(Decision decision) {
    guard.settle(decision, Outcome.FAILED);
  }

  /** Whether what returned may still be undone as a whole. */
  boolean isInTransaction() {
    return transactions != null && transactions.isOpen();
  }

  /** The listener returned without a word: it tells by acknowledging later. */
  synchronized void returned(ConsumerRecord<?, ?> record, Decision decision) {
    TopicPartition partition = partitionOf(record);
    consumers.put(partition, Thread.currentThread());
    unacknowledged
        .computeIfAbsent(partition, unused -> new TreeMap<>())
        .put(record.offset(), decision);
  }

  /** With a record, all before it are committed, where acknowledgements keep their order. */
  void acknowledged(ConsumerRecord<?, ?> record) {
    for (Decision decision : take(record)) {
      succeeded(decision);
    }
  }

  /** It comes again without having been acknowledged: whatever ran has not succeeded. */
  void redelivered(ConsumerRecord<?, ?> record) {
    Decision decision = takeOne(record);
    if (decision != null) {
      failed(decision);
    }
  }

  /**
   * Another consumer takes over what was not acknowledged, or this one later, from another process.
   */
  void revoked(Collection<TopicPartition> partitions) {
    partitions.forEach(this::leave);
    guard.awaitAllSettled();
  }

  /** The consumer of this thread ends: where its partitions were assigned, none was revoked. */
  void consumerStopped() {
    Thread here = Thread.currentThread();
    List<TopicPartition> left;
    synchronized (this) {
      left = new ArrayList<>();
      consumers.forEach(
          (partition, thread) -> {
            if (thread == here) {
              left.add(partition);
            }
          });
    }
    revoked(left);
  }

  /**
   * A lease is not renewed, and runs out: what is still at work here is not overtaken before. A
   * check-lock does not run out in time, and would make the redelivery a duplicate of what nobody
   * has acknowledged: it is given back, or known as our own where that can't be.
   */
  private void leave(TopicPartition partition) {
    Collection<Decision> left;
    synchronized (this) {
      consumers.remove(partition);
      Map<Long, Decision> open = unacknowledged.remove(partition);
      left = open == null ? List.of() : open.values();
    }
    boolean runsOut = guard.options().mode() == Mode.LEASE;
    for (Decision decision : left) {
      if (runsOut) {
        guard.forget(decision);
      } else {
        failed(decision);
      }
    }
  }

  private synchronized @Nullable Decision takeOne(ConsumerRecord<?, ?> record) {
    Map<Long, Decision> left = unacknowledged.get(partitionOf(record));
    return left == null ? null : left.remove(record.offset());
  }

  private synchronized List<Decision> take(ConsumerRecord<?, ?> record) {
    NavigableMap<Long, Decision> left = unacknowledged.get(partitionOf(record));
    if (left == null) {
      return List.of();
    }
    NavigableMap<Long, Decision> done =
        outOfOrder
            ? left.subMap(record.offset(), true, record.offset(), true)
            : left.headMap(record.offset(), true);
    List<Decision> taken = List.copyOf(done.values());
    done.clear();
    return taken;
  }

  private static TopicPartition partitionOf(ConsumerRecord<?, ?> record) {
    return new TopicPartition(record.topic(), record.partition());
  }
}
