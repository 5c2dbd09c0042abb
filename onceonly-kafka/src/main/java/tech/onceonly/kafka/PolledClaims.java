package tech.onceonly.kafka;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import tech.onceonly.Decision;
import tech.onceonly.Decision.ProcessUnprotected;
import tech.onceonly.Decision.UnprotectedReason;
import tech.onceonly.Outcome;
import tech.onceonly.Settlements;

/**
 * Claims of records that were handed over and not yet committed, by partition and offset. The guard
 * bounds how many there are. For the polling thread alone.
 */
final class PolledClaims {

  private final Settlements settlements;
  private final Map<TopicPartition, NavigableMap<Long, CompletionStage<Decision>>> claims =
      new HashMap<>();
  private final Map<TopicPartition, Long> positions = new HashMap<>();

  PolledClaims(Settlements settlements) {
    this.settlements = settlements;
  }

  /** Remembers what was asked for this record, where it is a claim or may become one. */
  void add(TopicPartition partition, long offset, CompletionStage<Decision> asked) {
    if (mayBeClaim(asked.toCompletableFuture().getNow(null))) {
      claims.computeIfAbsent(partition, unused -> new TreeMap<>()).put(offset, asked);
    }
  }

  /** What a commit without offsets commits from now on. */
  void positionAt(TopicPartition partition, long offset) {
    positions.put(partition, offset);
  }

  void committed(Map<TopicPartition, OffsetAndMetadata> offsets) {
    offsets.forEach((partition, committed) -> succeededBelow(partition, committed.offset()));
  }

  /** A commit without offsets has succeeded. */
  void committedAll() {
    for (TopicPartition partition : new ArrayList<>(claims.keySet())) {
      succeededBelow(partition, positions.getOrDefault(partition, 0L));
    }
  }

  void giveBack(Collection<TopicPartition> partitions) {
    drop(partitions, asked -> settlements.settle(asked, Outcome.FAILED));
  }

  /** Another consumer may be at work on them already. */
  void abandon(Collection<TopicPartition> partitions) {
    drop(partitions, settlements::abandon);
  }

  void giveBackAll() {
    giveBack(new ArrayList<>(claims.keySet()));
  }

  private void drop(
      Collection<TopicPartition> partitions, Consumer<CompletionStage<Decision>> end) {
    for (TopicPartition partition : partitions) {
      positions.remove(partition);
      NavigableMap<Long, CompletionStage<Decision>> unsettled = claims.remove(partition);
      if (unsettled != null) {
        unsettled.values().forEach(end);
      }
    }
  }

  private void succeededBelow(TopicPartition partition, long offset) {
    NavigableMap<Long, CompletionStage<Decision>> unsettled = claims.get(partition);
    if (unsettled == null) {
      return;
    }
    NavigableMap<Long, CompletionStage<Decision>> done = unsettled.headMap(offset, false);
    done.values().forEach(asked -> settlements.settle(asked, Outcome.SUCCEEDED));
    done.clear();
    if (unsettled.isEmpty()) {
      claims.remove(partition);
    }
  }

  private static boolean mayBeClaim(@Nullable Decision decision) {
    return decision == null
        || decision instanceof Decision.Process
        || (decision instanceof ProcessUnprotected unprotected
            && unprotected.reason() == UnprotectedReason.OUTAGE);
  }
}
