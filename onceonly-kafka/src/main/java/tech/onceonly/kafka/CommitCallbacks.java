package tech.onceonly.kafka;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.apache.kafka.clients.consumer.AcknowledgementCommitCallback;
import org.apache.kafka.common.TopicIdPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes on what Kafka tells of acknowledgements to the user's callback: on the user's own thread,
 * though locks are renewed on another, and without the renewals that he knows nothing of. That one
 * of these failed he is told: the lock is lost. Guarded by its consumer.
 */
final class CommitCallbacks implements AcknowledgementCommitCallback {

  private static final Logger LOG = LoggerFactory.getLogger(CommitCallbacks.class);
  private static final int MOST_KEPT = 10_000;

  private record Told(Map<TopicIdPartition, Set<Long>> offsets, @Nullable Exception failure) {}

  private final ShareRecords<?, ?> records;
  private final Queue<Told> told = new ArrayDeque<>();
  private @Nullable AcknowledgementCommitCallback users;

  CommitCallbacks(ShareRecords<?, ?> records) {
    this.records = records;
  }

  void set(@Nullable AcknowledgementCommitCallback callback) {
    users = callback;
    told.clear();
  }

  @Override
  public void onComplete(Map<TopicIdPartition, Set<Long>> offsets, @Nullable Exception failure) {
    Map<TopicIdPartition, Set<Long>> known =
        failure == null ? withoutRenewals(offsets) : Map.copyOf(offsets);
    if (known.isEmpty()) {
      return;
    }
    if (told.size() == MOST_KEPT) {
      told.remove();
      LOG.warn("the acknowledgement callback misses the oldest results: poll or commit meanwhile");
    }
    told.add(new Told(known, failure));
  }

  /** On the user's thread. What his callback throws is logged, as Kafka's consumer does. */
  void deliver() {
    AcknowledgementCommitCallback callback = users;
    for (Told each = told.poll(); each != null && callback != null; each = told.poll()) {
      try {
        callback.onComplete(each.offsets, each.failure);
      } catch (RuntimeException e) {
        LOG.error("the acknowledgement commit callback failed for {}", each.offsets, e);
      }
    }
  }

  private Map<TopicIdPartition, Set<Long>> withoutRenewals(
      Map<TopicIdPartition, Set<Long>> offsets) {
    Map<TopicIdPartition, Set<Long>> known = new HashMap<>();
    offsets.forEach(
        (partition, all) -> {
          Set<Long> others = new HashSet<>(all);
          others.removeAll(records.renewing().getOrDefault(partition.topicPartition(), Set.of()));
          if (!others.isEmpty()) {
            known.put(partition, others);
          }
        });
    return known;
  }
}
