package tech.onceonly.kafka.spring;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.springframework.kafka.listener.BatchInterceptor;
import org.springframework.kafka.listener.RecordInterceptor;
import org.springframework.kafka.listener.adapter.RecordFilterStrategy;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Skip;
import tech.onceonly.Mode;
import tech.onceonly.Outcome;
import tech.onceonly.Settlement;
import tech.onceonly.kafka.KafkaGuard;
import tech.onceonly.kafka.KafkaOptions;

/**
 * Check-lock as a record interceptor, a batch interceptor or a filter, for those who want just that
 * and no decorator. {@link OnceOnlySpringKafka} promises more; its limits against that one:
 *
 * <ul>
 *   <li>It can neither wait nor refuse but by standing still on the consumer's thread: with a
 *       refusal, a 429, and in an outage with fail-open off. Past {@code max.poll.interval.ms} the
 *       group takes the partitions away.
 *   <li>A record that it skips is not acknowledged in the manual modes, so that its offset is
 *       committed with a later one of its partition; as a filter, with {@code ackDiscarded}, it is.
 *   <li>It hears of no outcome that it could rely on: {@code success} is called after a negative
 *       acknowledgement and inside a transaction. So a record counts as done when a later one of
 *       its partition comes, and one that comes again before that runs again: beside the first,
 *       where that outlasts {@code max.poll.interval.ms} and another thread is given its partition.
 *   <li>Not with retry topics: an interceptor runs before their delay is checked, and the record
 *       would be its own duplicate when the delay is over.
 *   <li>An index in a {@code BatchListenerFailedException} counts the records that are left, while
 *       the error handler counts all: name the record, not its index.
 *   <li>In check-lock mode a killed process loses the record in hand; with a batch interceptor, or
 *       a filter of a batch listener, the batch.
 * </ul>
 *
 * <p>Use one instance for one container factory, as one of the three. A container takes one
 * interceptor: compose with your own by {@code CompositeRecordInterceptor}. Thread-safe.
 */
public final class CheckLockInterceptor<K, V>
    implements RecordInterceptor<K, V>,
        BatchInterceptor<K, V>,
        RecordFilterStrategy<K, V>,
        AutoCloseable {

  private final KafkaGuard guard;

  /** What was let through and is not known to be done, by offset. Guarded by this. */
  private final Map<TopicPartition, NavigableMap<Long, Decision>> passed = new HashMap<>();

  private CheckLockInterceptor(KafkaGuard guard) {
    this.guard = guard;
  }

  /**
   * Opens it.
   *
   * @throws IllegalArgumentException for lease mode, whose leases it could not settle
   * @throws tech.onceonly.kafka.RefusedException if the API refuses the key at the start
   */
  public static <K, V> CheckLockInterceptor<K, V> open(KafkaOptions options) {
    if (options.mode() == Mode.LEASE) {
      throw new IllegalArgumentException(
          "mode must be CHECK_LOCK: an interceptor hears of no outcome that a lease could be"
              + " settled by; use OnceOnlySpringKafka for leases");
    }
    return new CheckLockInterceptor<>(KafkaGuard.open(options, Settlement.BY_COMMIT));
  }

  @Override
  public @Nullable ConsumerRecord<K, V> intercept(
      ConsumerRecord<K, V> record, Consumer<K, V> consumer) {
    return admit(List.of(record)).isEmpty() ? null : record;
  }

  @Override
  public void failure(ConsumerRecord<K, V> record, Exception exception, Consumer<K, V> consumer) {
    failed(record);
  }

  @Override
  public @Nullable ConsumerRecords<K, V> intercept(
      ConsumerRecords<K, V> records, Consumer<K, V> consumer) {
    List<ConsumerRecord<K, V>> all = new ArrayList<>(records.count());
    records.forEach(all::add);
    List<ConsumerRecord<K, V>> left = admit(all);
    if (left.isEmpty()) {
      return null;
    }
    Map<TopicPartition, List<ConsumerRecord<K, V>>> kept = new LinkedHashMap<>();
    left.forEach(
        record ->
            kept.computeIfAbsent(partitionOf(record), unused -> new ArrayList<>()).add(record));
    return KafkaGuard.withRecords(records, kept);
  }

  @Override
  public void failure(ConsumerRecords<K, V> records, Exception exception, Consumer<K, V> consumer) {
    List<ConsumerRecord<K, V>> all = new ArrayList<>(records.count());
    records.forEach(all::add);
    // Those before the one that failed are committed, and count as done when a later one comes.
    int first = Math.max(0, BatchFailure.indexIn(all, exception));
    all.subList(first, all.size()).forEach(this::failed);
  }

  @Override
  public boolean filter(ConsumerRecord<K, V> record) {
    return admit(List.of(record)).isEmpty();
  }

  /** A list of its own: the error handler goes on with the one that is given. */
  @Override
  public List<ConsumerRecord<K, V>> filterBatch(List<ConsumerRecord<K, V>> records) {
    return admit(records);
  }

  @Override
  public boolean ignoreEmptyBatch() {
    return true;
  }

  /** Gives back, where the service takes them, the claims of what is not known to be done. */
  @Override
  public void close() {
    synchronized (this) {
      passed
          .values()
          .forEach(left -> left.values().forEach(each -> guard.settle(each, Outcome.FAILED)));
      passed.clear();
    }
    guard.close();
  }

  private List<ConsumerRecord<K, V>> admit(List<ConsumerRecord<K, V>> records) {
    Map<TopicPartition, Long> first = new HashMap<>();
    records.forEach(record -> first.putIfAbsent(partitionOf(record), record.offset()));
    first.forEach(this::doneBefore);
    List<Decision> decisions = guard.admit(records);
    List<ConsumerRecord<K, V>> left = new ArrayList<>(records.size());
    for (int i = 0; i < records.size(); i++) {
      if (!(decisions.get(i) instanceof Skip)) {
        left.add(records.get(i));
        pass(records.get(i), decisions.get(i));
      }
    }
    return left;
  }

  private synchronized void pass(ConsumerRecord<K, V> record, Decision decision) {
    passed
        .computeIfAbsent(partitionOf(record), unused -> new TreeMap<>())
        .put(record.offset(), decision);
  }

  /** A partition goes on in order: what comes before the first that is here now is done with. */
  private synchronized void doneBefore(TopicPartition partition, long offset) {
    NavigableMap<Long, Decision> left = passed.get(partition);
    if (left != null) {
      NavigableMap<Long, Decision> done = left.headMap(offset, false);
      done.values().forEach(each -> guard.settle(each, Outcome.SUCCEEDED));
      done.clear();
    }
  }

  private void failed(ConsumerRecord<K, V> record) {
    Decision decision;
    synchronized (this) {
      NavigableMap<Long, Decision> left = passed.get(partitionOf(record));
      decision = left == null ? null : left.remove(record.offset());
    }
    if (decision != null) {
      guard.settle(decision, Outcome.FAILED);
    }
  }

  private static TopicPartition partitionOf(ConsumerRecord<?, ?> record) {
    return new TopicPartition(record.topic(), record.partition());
  }
}
