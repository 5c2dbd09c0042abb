package tech.onceonly.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.Decision;

/**
 * The records that a share consumer has acquired and not acknowledged, and their acquisition locks.
 *
 * <p>Kafka's consumer polls only when everything it has in flight is acknowledged, and fetches
 * nothing new while it renews: so all locks are renewed together, or none. Guarded by its consumer.
 */
final class ShareRecords<K, V> {

  private static final Logger LOG = LoggerFactory.getLogger(ShareRecords.class);

  /** Kafka's own default; the broker tells the true one with the first records. */
  private static final Duration USUAL_LOCK = Duration.ofSeconds(30);

  private static final Duration MOST_FOR_RENEWAL = Duration.ofSeconds(5);

  private record Position(TopicPartition partition, long offset) {}

  private final ShareConsumer<K, V> delegate;
  private final LongSupplier nanoTime;
  private final Consumer<Decision> giveBack;

  /**
   * By identity: a record that is delivered again is another object, and a renewed one the same.
   */
  private final Map<ConsumerRecord<K, V>, ShareRecord<K, V>> waiting = new LinkedHashMap<>();

  private final Map<Position, ShareRecord<K, V>> handed = new HashMap<>();
  private Map<TopicPartition, Set<Long>> renewing = Map.of();
  private boolean unsent;

  /**
   * Begins with none.
   *
   * @param giveBack takes the claim of a record that was to be handed over and can't be any more
   */
  ShareRecords(ShareConsumer<K, V> delegate, LongSupplier nanoTime, Consumer<Decision> giveBack) {
    this.delegate = delegate;
    this.nanoTime = nanoTime;
    this.giveBack = giveBack;
  }

  /** Those that the user does not have, in the order acquired. */
  Collection<ShareRecord<K, V>> waiting() {
    return waiting.values();
  }

  /** Those that the user has. */
  Collection<ShareRecord<K, V>> handed() {
    return handed.values();
  }

  @Nullable ShareRecord<K, V> handed(TopicPartition partition, long offset) {
    return handed.get(new Position(partition, offset));
  }

  void handOver(ShareRecord<K, V> each) {
    waiting.remove(each.record);
    handed.put(positionOf(each), each);
    each.attempts++;
  }

  /** It is not done with, and comes with a later poll; where its lock is lost, to another. */
  void putBack(ShareRecord<K, V> each) {
    handed.remove(positionOf(each));
    each.dueNanos = nanoTime.getAsLong();
    if (each.locked) {
      waiting.put(each.record, each);
    } else {
      giveBack(each);
    }
  }

  /** Fetches, and sends what is acknowledged. Only while nothing is in flight. */
  void fetch(Duration timeout) {
    unsent = false;
    take(delegate.poll(timeout));
  }

  /** Done with: it is told to the broker with the next commit or fetch. */
  void acknowledge(ShareRecord<K, V> each, AcknowledgeType type) {
    waiting.remove(each.record);
    handed.remove(positionOf(each));
    if (each.locked) {
      delegate.acknowledge(each.record, type);
      unsent = true;
    } else {
      LOG.warn(
          "{} ends with {} after its acquisition lock was lost, so the group does not learn of it: it is"
              + " delivered again, and its claim decides what becomes of it",
          each,
          type);
    }
  }

  /** Whether something is acknowledged that the broker has not been sent. */
  boolean isUnsent() {
    return unsent;
  }

  void sendAsync() {
    if (unsent) {
      unsent = false;
      delegate.commitAsync();
    }
  }

  void sent() {
    unsent = false;
  }

  /** When the next lock is to be renewed; null where there is none. */
  @Nullable Long renewalDueNanos() {
    Long oldest = null;
    for (ShareRecord<K, V> each : inFlight()) {
      oldest = oldest == null || each.lockedNanos - oldest < 0 ? each.lockedNanos : oldest;
    }
    return oldest == null ? null : oldest + lockDuration().toNanos() / 3;
  }

  boolean isRenewalDue() {
    Long due = renewalDueNanos();
    return due != null && nanoTime.getAsLong() - due >= 0;
  }

  /** The offsets whose locks are just being renewed: nobody else acknowledged them. */
  Map<TopicPartition, Set<Long>> renewing() {
    return renewing;
  }

  /** Renews every lock. What can't be renewed is no longer ours. */
  void renew() {
    List<ShareRecord<K, V>> locked = inFlight();
    if (locked.isEmpty()) {
      return;
    }
    long sent = nanoTime.getAsLong();
    Map<TopicPartition, Set<Long>> offsets = new HashMap<>();
    for (ShareRecord<K, V> each : locked) {
      delegate.acknowledge(each.record, AcknowledgeType.RENEW);
      offsets.computeIfAbsent(each.partition, at -> new HashSet<>()).add(each.record.offset());
      // Until it is polled again, Kafka's consumer does not take an acknowledgement of it.
      each.locked = false;
    }
    renewing = offsets;
    unsent = false;
    Map<TopicPartition, KafkaException> failures;
    try {
      failures = failuresOf(delegate.commitSync(bound()));
      take(delegate.poll(Duration.ZERO));
    } finally {
      renewing = Map.of();
    }
    for (ShareRecord<K, V> each : locked) {
      if (each.locked) {
        each.lockedNanos = sent;
      } else {
        lost(each, failures.get(each.partition), Duration.ofNanos(sent - each.lockedNanos));
      }
    }
  }

  private void lost(ShareRecord<K, V> each, @Nullable KafkaException cause, Duration age) {
    if (cause instanceof UnsupportedVersionException) {
      throw new IllegalStateException(
          "acquisition locks can't be renewed: share groups are protected on brokers from 4.2 on",
          cause);
    }
    boolean waits = waiting.remove(each.record) != null;
    if (waits) {
      giveBack(each);
    }
    LOG.warn(
        "the acquisition lock of {} is lost while it {}, {} ms after it was had or renewed: the group"
            + " delivers it again ({})",
        each,
        waits ? "waits" : "is at work",
        age.toMillis(),
        cause == null ? "it was not renewed" : cause.getMessage());
  }

  private void giveBack(ShareRecord<K, V> each) {
    Decision decision = each.decision;
    if (decision != null) {
      each.decision = null;
      giveBack.accept(decision);
    }
  }

  /** A record that is known has come back from its renewal; any other is new here. */
  private void take(Iterable<ConsumerRecord<K, V>> polled) {
    long now = nanoTime.getAsLong();
    for (ConsumerRecord<K, V> record : polled) {
      ShareRecord<K, V> each = new ShareRecord<>(record, now);
      ShareRecord<K, V> known = handed.get(positionOf(each));
      if (known == null || known.record != record) {
        known = waiting.get(record);
      }
      if (known == null) {
        waiting.put(record, each);
      } else {
        known.locked = true;
      }
    }
  }

  private List<ShareRecord<K, V>> inFlight() {
    List<ShareRecord<K, V>> all = new ArrayList<>(waiting.size() + handed.size());
    waiting.values().forEach(each -> addLocked(all, each));
    handed.values().forEach(each -> addLocked(all, each));
    return all;
  }

  private static <K, V> void addLocked(List<ShareRecord<K, V>> all, ShareRecord<K, V> each) {
    if (each.locked) {
      all.add(each);
    }
  }

  private static Map<TopicPartition, KafkaException> failuresOf(
      Map<TopicIdPartition, Optional<KafkaException>> results) {
    Map<TopicPartition, KafkaException> failures = new HashMap<>();
    results.forEach(
        (partition, failure) ->
            failure.ifPresent(cause -> failures.put(partition.topicPartition(), cause)));
    return failures;
  }

  private Duration bound() {
    Duration half = lockDuration().dividedBy(2);
    return half.compareTo(MOST_FOR_RENEWAL) < 0 ? half : MOST_FOR_RENEWAL;
  }

  private Duration lockDuration() {
    return delegate
        .acquisitionLockTimeoutMs()
        .map(millis -> Duration.ofMillis(millis))
        .orElse(USUAL_LOCK);
  }

  private Position positionOf(ShareRecord<K, V> each) {
    return new Position(each.partition, each.record.offset());
  }
}
