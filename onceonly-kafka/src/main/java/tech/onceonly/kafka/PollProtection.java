package tech.onceonly.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.BlockingBridge;
import tech.onceonly.Decision;
import tech.onceonly.DeliveryGuard;
import tech.onceonly.GuardCounters;
import tech.onceonly.KeyScheme;
import tech.onceonly.Outcome;

/** What stands between one consumer's polls and its application, from start to close. */
final class PollProtection {

  private static final Logger LOG = LoggerFactory.getLogger(PollProtection.class);

  /** No plan's default TTL is longer. */
  private static final Duration LONGEST_DEFAULT_TTL = Duration.ofHours(24);

  private static final Duration GIVING_BACK = Duration.ofSeconds(1);

  private final KafkaSettings settings;
  private final Set<String> excluded;
  private final ClaimConnection connection;
  private final GuardCounters counters;
  private final LongAdder faults = new LongAdder();
  private final LongSupplier nanoTime;
  private final DeliveryGuard guard;
  private final HandedOver handedOver;
  private final PollGate gate;

  private PollProtection(
      KafkaSettings settings,
      ClaimConnection connection,
      GuardCounters counters,
      DeliveryGuard guard,
      InterceptorWiring wiring) {
    this.settings = settings;
    this.connection = connection;
    this.counters = counters;
    this.guard = guard;
    excluded = settings.excludedTopics();
    nanoTime = wiring.nanoTime();
    Duration ttl = settings.ttl();
    handedOver =
        new HandedOver(
            guard, ttl == null ? LONGEST_DEFAULT_TTL : ttl, settings.maxUnsettled(), nanoTime);
    gate = new PollGate(guard, handedOver, settings, nanoTime, wiring.pause(), faults);
  }

  /** Connects, checks the API key, and starts; what it has opened it closes where it fails. */
  static PollProtection start(KafkaSettings settings, InterceptorWiring wiring) {
    KeyScheme keys = settings.keyScheme();
    ClaimConnection connection = wiring.connections().open(settings);
    try {
      if (settings.checkOnStart()) {
        StartCheckWait.check(connection, settings);
      }
      GuardCounters counters = new GuardCounters();
      DeliveryGuard guard =
          DeliveryGuard.create(
              connection.claims(),
              settings.guardOptions(keys, counters).nanoTime(wiring.nanoTime()).build());
      return new PollProtection(settings, connection, counters, guard, wiring);
    } catch (RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** The same records without those to skip, in the same order; the same object if that is all. */
  <K, V> ConsumerRecords<K, V> filter(ConsumerRecords<K, V> polled, String clusterAlias) {
    List<ConsumerRecord<K, V>> records = new ArrayList<>(polled.count());
    for (ConsumerRecord<K, V> record : polled) {
      if (!excluded.contains(record.topic())) {
        records.add(record);
      }
    }
    if (records.isEmpty()) {
      return polled;
    }
    BitSet admitted = gate.admit(records, clusterAlias);
    return admitted.cardinality() == records.size() ? polled : without(polled, admitted);
  }

  void committed(Map<TopicPartition, OffsetAndMetadata> offsets) {
    handedOver.committed(offsets);
  }

  /** A fault of this library let a poll through unprotected. */
  void countFault() {
    faults.increment();
  }

  GuardCounters counters() {
    return counters;
  }

  long faults() {
    return faults.sum();
  }

  /** Gives back what is not committed, as far as a second reaches. */
  void close() {
    try {
      giveBack(handedOver.takeAll());
    } finally {
      guard.close();
      connection.close();
      LOG.info(
          "group {}: closed; counted {}, let through by faults {}",
          settings.groupId(),
          counters.snapshot(),
          faults.sum());
    }
  }

  private <K, V> ConsumerRecords<K, V> without(ConsumerRecords<K, V> polled, BitSet admitted) {
    Map<TopicPartition, List<ConsumerRecord<K, V>>> kept = new LinkedHashMap<>();
    int index = 0;
    for (ConsumerRecord<K, V> record : polled) {
      if (excluded.contains(record.topic()) || admitted.get(index++)) {
        kept.computeIfAbsent(
                new TopicPartition(record.topic(), record.partition()), at -> new ArrayList<>())
            .add(record);
      }
    }
    return FewerRecords.of(polled, kept);
  }

  /** A few at a time: there may be many, and the service has other callers. */
  private void giveBack(List<Decision> uncommitted) {
    long until = nanoTime.getAsLong() + GIVING_BACK.toNanos();
    int most = settings.maxInFlight();
    for (int from = 0; from < uncommitted.size(); from += most) {
      List<Decision> some = uncommitted.subList(from, Math.min(from + most, uncommitted.size()));
      CompletableFuture<?>[] told =
          some.stream()
              .map(decision -> guard.settle(decision, Outcome.FAILED).toCompletableFuture())
              .toArray(CompletableFuture<?>[]::new);
      if (!isToldBy(until, CompletableFuture.allOf(told))) {
        notGivenBack(uncommitted.size() - from);
        return;
      }
    }
    // What failed before, or waited with a claim in doubt.
    isToldBy(until, guard.giveBackFailed());
  }

  private boolean isToldBy(long untilNanos, CompletionStage<Void> told) {
    long left = Math.max(1, untilNanos - nanoTime.getAsLong());
    return BlockingBridge.awaitUninterruptibly(told, Duration.ofNanos(left));
  }

  private void notGivenBack(int claims) {
    LOG.warn(
        "group {}: up to {} claims of records that were not committed could not be given back;"
            + " their redelivery is skipped until the claims' TTL ends",
        settings.groupId(),
        claims);
  }
}
