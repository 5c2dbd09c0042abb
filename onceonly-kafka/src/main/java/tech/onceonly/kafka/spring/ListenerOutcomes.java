package tech.onceonly.kafka.spring;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.support.Acknowledgment;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Process;
import tech.onceonly.Decision.ProcessUnprotected;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.Outcome;
import tech.onceonly.kafka.KafkaGuard;

/**
 * Settles what a container's listener ran: when it returns, when its transaction ends, or, where
 * the listener acknowledges by hand, when it does that.
 *
 * <p>Thread-safe: a container's consumers share it, and any thread may acknowledge.
 */
final class ListenerOutcomes {

  private static final Logger LOG = LoggerFactory.getLogger(ListenerOutcomes.class);

  private record Position(TopicPartition partition, long offset) {}

  /**
   * Skipped records that wait to be committed.
   *
   * @param last of them in each partition
   * @param behind what has to be acknowledged first; null where the order of offsets says it
   */
  private record Skipped(
      Map<TopicPartition, Long> last, Acknowledgment acknowledgment, @Nullable Position behind) {}

  private final KafkaGuard guard;
  private final @Nullable TransactionOutcomes transactions;

  /** Whether a record is acknowledged alone, and not with all before it. */
  private final boolean outOfOrder;

  /** What returned and was not acknowledged, by offset. Guarded by this. */
  private final Map<TopicPartition, NavigableMap<Long, Decision>> unacknowledged = new HashMap<>();

  /** What was skipped after something that is not acknowledged, in order. Guarded by this. */
  private final List<Skipped> skipped = new ArrayList<>();

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

  /**
   * None of them runs. To commit them commits all before them too, so that this waits until those
   * are acknowledged: whoever collects records before working on them would lose them otherwise.
   *
   * @param acknowledgment of them all; null where the container commits by itself
   */
  void skipped(
      List<? extends ConsumerRecord<?, ?>> records, @Nullable Acknowledgment acknowledgment) {
    if (acknowledgment == null) {
      return;
    }
    synchronized (this) {
      Map<TopicPartition, Long> last = new HashMap<>();
      records.forEach(record -> last.merge(partitionOf(record), record.offset(), Math::max));
      if (!outOfOrder && !isNext(last)) {
        add(new Skipped(last, acknowledgment, null));
        return;
      }
    }
    acknowledgment.acknowledge();
  }

  /**
   * Skips a record if the listener has returned from another of its key and not acknowledged it: it
   * is committed after that one, and not at all if that one comes again.
   *
   * @return whether there is one
   */
  synchronized boolean isSkippedBehindEqual(
      ConsumerRecord<?, ?> record, IdempotencyKey key, Acknowledgment acknowledgment) {
    Position first = positionOf(key);
    if (first == null) {
      return false;
    }
    TopicPartition partition = partitionOf(record);
    boolean isInOrder = !outOfOrder && first.partition.equals(partition);
    add(new Skipped(Map.of(partition, record.offset()), acknowledgment, isInOrder ? null : first));
    return true;
  }

  /** With a record, all before it are committed, where acknowledgements keep their order. */
  void acknowledged(ConsumerRecord<?, ?> record) {
    for (Decision decision : take(record)) {
      succeeded(decision);
    }
  }

  /** To be called after an acknowledgement was passed on: commits what was skipped behind it. */
  void commitSkipped() {
    List<Skipped> ready = new ArrayList<>();
    synchronized (this) {
      for (Skipped each : skipped) {
        if (each.behind == null && (outOfOrder || isNext(each.last))) {
          ready.add(each);
        }
      }
      skipped.removeAll(ready);
    }
    ready.forEach(each -> each.acknowledgment.acknowledge());
  }

  /** It comes again without having been acknowledged: whatever ran has not succeeded. */
  void redelivered(ConsumerRecord<?, ?> record) {
    Decision decision = takeAgain(record);
    if (decision != null) {
      failed(decision);
    }
  }

  /**
   * Another consumer takes over what was not acknowledged, or this one later, from another process.
   * To be called by the consumer's thread.
   */
  void revoked(Collection<TopicPartition> partitions) {
    List<TopicPartition> left = partitions.stream().filter(this::isOfThisConsumer).toList();
    Map<Skipped, Decision> staying = staying(left);
    left.forEach(this::leave);
    guard.giveBackAndAwait();
    staying.forEach(this::commitWithoutTheFirst);
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

  /** One that was lost may be another thread's by the time its consumer hears of it. */
  private synchronized boolean isOfThisConsumer(TopicPartition partition) {
    Thread last = consumers.get(partition);
    return last == null || last == Thread.currentThread();
  }

  /**
   * With asynchronous acknowledgements a container polls nothing more before all that it has handed
   * over is acknowledged: what was skipped behind a record that goes must not wait for it here.
   */
  private synchronized Map<Skipped, Decision> staying(Collection<TopicPartition> leaving) {
    Map<Skipped, Decision> staying = new HashMap<>();
    for (Skipped each : outOfOrder ? skipped : List.<Skipped>of()) {
      Position first = each.behind;
      if (first != null
          && leaving.contains(first.partition)
          && each.last.keySet().stream().noneMatch(leaving::contains)) {
        Decision decision =
            unacknowledged.getOrDefault(first.partition, new TreeMap<>()).get(first.offset);
        if (decision != null) {
          staying.put(each, decision);
        }
      }
    }
    return staying;
  }

  /** The first comes again elsewhere, and runs there, unless its claim could not be given back. */
  private void commitWithoutTheFirst(Skipped each, Decision first) {
    if (guard.isKeptHere(first)) {
      LOG.warn(
          "{} wait for the acknowledgement of an equal record whose partition has gone, and whose"
              + " claim can't be given back: seek them back, or restart the container",
          each.last);
    } else {
      each.acknowledgment.acknowledge();
    }
  }

  private void leave(TopicPartition partition) {
    Collection<Decision> left;
    synchronized (this) {
      consumers.remove(partition);
      skipped.removeIf(
          each ->
              each.last.containsKey(partition)
                  || (each.behind != null && each.behind.partition.equals(partition)));
      Map<Long, Decision> open = unacknowledged.remove(partition);
      left = open == null ? List.of() : open.values();
    }
    left.forEach(guard::abandon);
  }

  /** Whether nothing before them waits for its acknowledgement. */
  private boolean isNext(Map<TopicPartition, Long> last) {
    return last.entrySet().stream()
        .allMatch(end -> waitingBelow(end.getKey(), end.getValue()) == null);
  }

  /** The nearest offset below that waits for its acknowledgement. */
  private @Nullable Long waitingBelow(TopicPartition partition, long offset) {
    NavigableMap<Long, Decision> waiting = unacknowledged.get(partition);
    return waiting == null ? null : waiting.lowerKey(offset);
  }

  /** What is skipped in a row is committed by its last, and takes no more room than one. */
  private void add(Skipped next) {
    if (!outOfOrder && !skipped.isEmpty() && covers(next, skipped.get(skipped.size() - 1))) {
      skipped.remove(skipped.size() - 1);
    }
    skipped.add(next);
  }

  private boolean covers(Skipped next, Skipped before) {
    return (before.behind == null || before.behind.equals(next.behind))
        && before.last.entrySet().stream()
            .allMatch(
                each -> {
                  Long end = next.last.get(each.getKey());
                  Long waiting = end == null ? null : waitingBelow(each.getKey(), end);
                  return end != null && (waiting == null || waiting < each.getValue());
                });
  }

  /** Where the listener has returned from a record of this key that it did not acknowledge. */
  private @Nullable Position positionOf(IdempotencyKey key) {
    for (Map.Entry<TopicPartition, NavigableMap<Long, Decision>> each : unacknowledged.entrySet()) {
      for (Map.Entry<Long, Decision> waiting : each.getValue().entrySet()) {
        if (Objects.equals(key, keyOf(waiting.getValue()))) {
          return new Position(each.getKey(), waiting.getKey());
        }
      }
    }
    return null;
  }

  private static @Nullable IdempotencyKey keyOf(Decision decision) {
    if (decision instanceof Process process) {
      return process.claim().key();
    }
    return decision instanceof ProcessUnprotected unprotected ? unprotected.key() : null;
  }

  private synchronized @Nullable Decision takeAgain(ConsumerRecord<?, ?> record) {
    TopicPartition partition = partitionOf(record);
    skipped.removeIf(each -> each.last.getOrDefault(partition, Long.MIN_VALUE) >= record.offset());
    Map<Long, Decision> left = unacknowledged.get(partition);
    return left == null ? null : left.remove(record.offset());
  }

  private synchronized List<Decision> take(ConsumerRecord<?, ?> record) {
    TopicPartition partition = partitionOf(record);
    skipped.replaceAll(each -> isBehind(each, record) ? released(each) : each);
    NavigableMap<Long, Decision> left = unacknowledged.get(partition);
    if (left == null) {
      return List.of();
    }
    NavigableMap<Long, Decision> done =
        outOfOrder
            ? left.subMap(record.offset(), true, record.offset(), true)
            : left.headMap(record.offset(), true);
    List<Decision> taken = List.copyOf(done.values());
    done.clear();
    // Committed with it; to commit them after it would take the group back.
    skipped.removeIf(
        each ->
            !outOfOrder
                && each.last.size() == 1
                && each.last.getOrDefault(partition, Long.MAX_VALUE) <= record.offset());
    return taken;
  }

  /** Whether this acknowledgement is what it waits for. */
  private boolean isBehind(Skipped each, ConsumerRecord<?, ?> acknowledged) {
    Position first = each.behind;
    return first != null
        && first.partition.equals(partitionOf(acknowledged))
        && (outOfOrder
            ? first.offset == acknowledged.offset()
            : first.offset <= acknowledged.offset());
  }

  private static Skipped released(Skipped each) {
    return new Skipped(each.last, each.acknowledgment, null);
  }

  private static TopicPartition partitionOf(ConsumerRecord<?, ?> record) {
    return new TopicPartition(record.topic(), record.partition());
  }
}
