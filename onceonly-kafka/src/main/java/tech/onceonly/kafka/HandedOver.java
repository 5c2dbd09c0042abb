package tech.onceonly.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Process;
import tech.onceonly.Decision.ProcessUnprotected;
import tech.onceonly.Decision.UnprotectedReason;
import tech.onceonly.DeliveryGuard;
import tech.onceonly.Outcome;

/**
 * The claims of records that were handed over and are not committed, by partition and offset.
 *
 * <p>Bounded by the guard's unsettled claims: past that bound the guard makes no more. What nobody
 * ever commits, because its partition went elsewhere, is forgotten when its claim has run out.
 * Thread-safe: a claim may be answered late, on another thread.
 */
final class HandedOver {

  private static final Duration BETWEEN_SWEEPS = Duration.ofMinutes(1);

  private record Entry(Decision decision, long sinceNanos) {}

  private final Map<TopicPartition, NavigableMap<Long, Entry>> partitions = new HashMap<>();
  private final DeliveryGuard guard;
  private final long keptNanos;
  private final int most;
  private final LongSupplier nanoTime;
  private final LongAdder size = new LongAdder();

  /** Records come in runs of one partition. Guarded as all of it is. */
  private @Nullable TopicPartition recent;

  private long sweptNanos;

  /**
   * @param kept how long a claim can matter: its TTL
   * @param most of the guard's unsettled claims
   */
  HandedOver(DeliveryGuard guard, Duration kept, int most, LongSupplier nanoTime) {
    this.guard = guard;
    this.keptNanos = kept.toNanos();
    this.most = most;
    this.nanoTime = nanoTime;
    sweptNanos = nanoTime.getAsLong();
  }

  /** A record that comes again takes the place of the one before. */
  synchronized void add(ConsumerRecord<?, ?> record, Decision decision) {
    sweepSometimes();
    if (!hasClaim(decision)) {
      return;
    }
    Entry replaced =
        partitions
            .computeIfAbsent(partitionOf(record), at -> new TreeMap<>())
            .put(record.offset(), new Entry(decision, nanoTime.getAsLong()));
    if (replaced == null) {
      size.increment();
    } else if (isOfAnotherKey(replaced.decision, decision)) {
      // The topic was made anew: the old record at this offset is gone for good.
      guard.forget(replaced.decision);
    }
  }

  /** What lies below a committed offset has succeeded. */
  void committed(Map<TopicPartition, OffsetAndMetadata> offsets) {
    offsets.forEach(
        (partition, offset) -> {
          for (Decision decision : takeBelow(partition, offset.offset())) {
            guard.settle(decision, Outcome.SUCCEEDED);
          }
        });
  }

  /** Takes what is not committed; the newest of each partition first. */
  synchronized List<Decision> takeAll() {
    List<Decision> taken = new ArrayList<>();
    for (NavigableMap<Long, Entry> entries : partitions.values()) {
      for (Entry entry : entries.descendingMap().values()) {
        taken.add(entry.decision);
      }
    }
    partitions.clear();
    size.reset();
    return taken;
  }

  private synchronized List<Decision> takeBelow(TopicPartition partition, long offset) {
    NavigableMap<Long, Entry> entries = partitions.get(partition);
    if (entries == null) {
      return List.of();
    }
    NavigableMap<Long, Entry> below = entries.headMap(offset, false);
    List<Decision> taken = new ArrayList<>(below.size());
    for (Entry entry : below.values()) {
      taken.add(entry.decision);
    }
    below.clear();
    size.add(-taken.size());
    if (entries.isEmpty()) {
      partitions.remove(partition);
    }
    return taken;
  }

  private TopicPartition partitionOf(ConsumerRecord<?, ?> record) {
    TopicPartition at = recent;
    if (at == null || at.partition() != record.partition() || !at.topic().equals(record.topic())) {
      at = new TopicPartition(record.topic(), record.partition());
      recent = at;
    }
    return at;
  }

  private void sweepSometimes() {
    long now = nanoTime.getAsLong();
    if (size.sum() <= most / 2 || now - sweptNanos < BETWEEN_SWEEPS.toNanos()) {
      return;
    }
    sweptNanos = now;
    for (NavigableMap<Long, Entry> entries : partitions.values()) {
      Iterator<Entry> each = entries.values().iterator();
      while (each.hasNext()) {
        Entry entry = each.next();
        if (now - entry.sinceNanos > keptNanos) {
          each.remove();
          size.decrement();
          guard.forget(entry.decision);
        }
      }
    }
    partitions.values().removeIf(NavigableMap::isEmpty);
  }

  /** Whether the guard keeps something for it. */
  private static boolean hasClaim(Decision decision) {
    return decision instanceof Process
        || (decision instanceof ProcessUnprotected unprotected
            && unprotected.reason() == UnprotectedReason.OUTAGE);
  }

  private static boolean isOfAnotherKey(Decision before, Decision after) {
    return before instanceof Process old
        && after instanceof Process young
        && !old.claim().key().equals(young.claim().key());
  }
}
