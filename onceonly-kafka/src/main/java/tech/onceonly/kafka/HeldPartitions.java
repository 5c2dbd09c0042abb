package tech.onceonly.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.BlockingBridge;

/**
 * Partitions that wait at a record which can be neither run nor skipped yet: sought back to it,
 * paused, and resumed when due. What the user has paused stays his. For the polling thread alone.
 */
final class HeldPartitions {

  private static final Logger LOG = LoggerFactory.getLogger(HeldPartitions.class);

  private final Consumer<?, ?> consumer;
  private final LongSupplier nanoTime;
  private final Map<TopicPartition, Long> due = new HashMap<>();
  private final Set<TopicPartition> byUserToo = new HashSet<>();

  /** Held once, and since then nothing of them has been let through. */
  private final Set<TopicPartition> waited = new HashSet<>();

  HeldPartitions(Consumer<?, ?> consumer, LongSupplier nanoTime) {
    this.consumer = consumer;
    this.nanoTime = nanoTime;
  }

  /** Goes back to this record and stays there for so long. */
  void hold(TopicPartition partition, ConsumerRecord<?, ?> at, Duration wait) {
    SeekBack.to(consumer, Map.of(partition, at));
    if (!consumer.assignment().contains(partition)) {
      return;
    }
    if (consumer.paused().contains(partition) && !due.containsKey(partition)) {
      byUserToo.add(partition);
    } else {
      consumer.pause(List.of(partition));
    }
    waited.add(partition);
    due.put(partition, nanoTime.getAsLong() + wait.toNanos());
    LOG.debug("{} waits {} at offset {}", partition, wait, at.offset());
  }

  /** Whether the record at which it was held has not been let through yet. */
  boolean hasWaited(TopicPartition partition) {
    return waited.contains(partition);
  }

  /** Its first record is let through. Whether it had waited. */
  boolean waitIsOver(TopicPartition partition) {
    return waited.remove(partition);
  }

  /** Resumes those whose time has come. */
  void resumeDue() {
    if (due.isEmpty()) {
      return;
    }
    due.keySet().retainAll(consumer.assignment());
    byUserToo.retainAll(due.keySet());
    long now = nanoTime.getAsLong();
    for (TopicPartition partition : new ArrayList<>(due.keySet())) {
      Long at = due.get(partition);
      if (at != null && now - at >= 0) {
        due.remove(partition);
        if (!byUserToo.remove(partition)) {
          consumer.resume(List.of(partition));
        }
      }
    }
  }

  /**
   * Waits, at most so long, till the first is due, and resumes them all, due or not. An interrupt
   * ends the wait and stays set.
   */
  void resumeAll(Duration most) {
    if (due.isEmpty()) {
      return;
    }
    try {
      BlockingBridge.pause(capped(most));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    due.replaceAll((partition, at) -> nanoTime.getAsLong());
    resumeDue();
  }

  /** The caller's timeout, shortened to when the next partition is due. */
  Duration capped(Duration timeout) {
    long now = nanoTime.getAsLong();
    Duration capped = timeout;
    for (long at : due.values()) {
      Duration left = Duration.ofNanos(Math.max(0, at - now));
      capped = left.compareTo(capped) < 0 ? left : capped;
    }
    return capped;
  }

  /** They are no longer this consumer's; with them its pauses are gone. */
  void forget(Collection<TopicPartition> partitions) {
    partitions.forEach(due::remove);
    partitions.forEach(byUserToo::remove);
    partitions.forEach(waited::remove);
  }

  /** What the user has paused. */
  Set<TopicPartition> paused() {
    Set<TopicPartition> paused = new HashSet<>(consumer.paused());
    paused.removeIf(partition -> due.containsKey(partition) && !byUserToo.contains(partition));
    return paused;
  }

  void pauseByUser(Collection<TopicPartition> partitions) {
    consumer.pause(partitions);
    for (TopicPartition partition : partitions) {
      if (due.containsKey(partition)) {
        byUserToo.add(partition);
      }
    }
  }

  /** What is held stays paused till it is due. */
  void resumeByUser(Collection<TopicPartition> partitions) {
    List<TopicPartition> free = new ArrayList<>(partitions);
    free.removeIf(due::containsKey);
    consumer.resume(free);
    byUserToo.removeAll(partitions);
  }
}
