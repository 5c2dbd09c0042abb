package tech.onceonly.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  private record Entry(long offset, Decision decision, long sinceNanos) {}

  /** Of each partition by offset. That is how records come, so that most are added at the end. */
  private final Map<TopicPartition, List<Entry>> partitions = new HashMap<>();

  private final DeliveryGuard guard;
  private final long keptNanos;
  private final int most;
  private final LongSupplier nanoTime;

  /** Records come in runs of one partition. Guarded as all of it is. */
  private @Nullable TopicPartition recent;

  private int size;
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
    long now = nanoTime.getAsLong();
    sweepSometimes(now);
    if (!hasClaim(decision)) {
      return;
    }
    Entry entry = new Entry(record.offset(), decision, now);
    List<Entry> entries = partitions.computeIfAbsent(partitionOf(record), at -> new ArrayList<>());
    int index = countBelow(entry.offset, entries);
    if (index == entries.size() || entries.get(index).offset != entry.offset) {
      entries.add(index, entry);
      size++;
      return;
    }
    Entry replaced = entries.set(index, entry);
    if (isOfAnotherKey(replaced.decision, decision)) {
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
    for (List<Entry> entries : partitions.values()) {
      for (int i = entries.size() - 1; i >= 0; i--) {
        taken.add(entries.get(i).decision);
      }
    }
    partitions.clear();
    size = 0;
    return taken;
  }

  private synchronized List<Decision> takeBelow(TopicPartition partition, long offset) {
    List<Entry> entries = partitions.get(partition);
    if (entries == null) {
      return List.of();
    }
    List<Entry> below = entries.subList(0, countBelow(offset, entries));
    List<Decision> taken = new ArrayList<>(below.size());
    for (Entry entry : below) {
      taken.add(entry.decision);
    }
    below.clear();
    size -= taken.size();
    if (entries.isEmpty()) {
      partitions.remove(partition);
    }
    return taken;
  }

  /** How many of them lie below the offset; where it stands among them, or would. */
  private static int countBelow(long offset, List<Entry> entries) {
    int low = 0;
    int high = entries.size();
    if (high > 0 && entries.get(high - 1).offset < offset) {
      return high;
    }
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (entries.get(middle).offset < offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private TopicPartition partitionOf(ConsumerRecord<?, ?> record) {
    TopicPartition at = recent;
    if (at == null || at.partition() != record.partition() || !at.topic().equals(record.topic())) {
      at = new TopicPartition(record.topic(), record.partition());
      recent = at;
    }
    return at;
  }

  private void sweepSometimes(long now) {
    if (size <= most / 2 || now - sweptNanos < BETWEEN_SWEEPS.toNanos()) {
      return;
    }
    sweptNanos = now;
    partitions.values().forEach(entries -> entries.removeIf(entry -> isForgotten(entry, now)));
    partitions.values().removeIf(List::isEmpty);
  }

  private boolean isForgotten(Entry entry, long now) {
    if (now - entry.sinceNanos <= keptNanos) {
      return false;
    }
    size--;
    guard.forget(entry.decision);
    return true;
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
