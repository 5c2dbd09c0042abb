package tech.onceonly.kafka;

import java.util.Collection;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Gives claims back when their partitions go, after the user's own listener has had its turn. */
final class ReleasingListener implements ConsumerRebalanceListener {

  private final @Nullable ConsumerRebalanceListener users;
  private final GuardedConsumer<?, ?> guarded;

  ReleasingListener(@Nullable ConsumerRebalanceListener users, GuardedConsumer<?, ?> guarded) {
    this.users = users;
    this.guarded = guarded;
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    if (users != null) {
      users.onPartitionsAssigned(partitions);
    }
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    try {
      if (users != null) {
        users.onPartitionsRevoked(partitions);
      }
    } finally {
      guarded.revoked(partitions);
    }
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    try {
      if (users != null) {
        users.onPartitionsLost(partitions);
      }
    } finally {
      guarded.lost(partitions);
    }
  }
}
