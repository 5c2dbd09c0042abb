package tech.onceonly.kafka;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ClusterResource;
import org.apache.kafka.common.ClusterResourceListener;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.GuardCounters;

/**
 * Skips duplicates in a Kafka consumer by configuration alone: name this class in {@code
 * interceptor.classes} and give {@code onceonly.api.key}. All settings begin with {@code onceonly.}
 * and stand in {@code docs/configuration.md}.
 *
 * <p>Each poll's records are claimed together (check-lock) before {@code poll()} returns them:
 * duplicates are left out, order, partitions and next offsets are kept. A record that this consumer
 * polls again before its commit is a retry and is handed over again. A commit settles the claims
 * below it; {@code close()} gives back the claims above the last commit, where the service takes
 * them back.
 *
 * <p>What it does not promise:
 *
 * <ul>
 *   <li>At most once across a crash: a process that dies after the claim loses the effects of what
 *       was polled and not processed, until the claims' TTL ends. That may be a whole poll, and
 *       what was polled since the last commit. {@code OnceOnlyKafka.on(...).forEach} in lease mode
 *       loses nothing.
 *   <li>It learns of no listener's outcome, only of commits made through this consumer. Commits
 *       through a producer's transaction or into a store of one's own it does not see.
 *   <li>A partition that moves to another consumer before its commit: what is redelivered there is
 *       skipped as a duplicate.
 * </ul>
 *
 * <p><b>A refusal stops the poll.</b> When the API refuses (401, 402, 403, 422) or asks to wait
 * (429), or gives no answer while {@code onceonly.fail.open} is false, {@code poll()} does not
 * return: Kafka drops an interceptor's exception and delivers, and a shorter result would lose the
 * rest. It asks again with growing pauses, says so in the log, and goes on by itself when that is
 * mended. {@code wakeup()} and interrupts do not end it, and the interrupt flag is set again when
 * it returns; longer than {@code max.poll.interval.ms} costs the consumer its partitions. To stop
 * it, kill the process: nothing has been committed meanwhile.
 *
 * <p>In an outage records are delivered unprotected and counted, after at most {@code
 * onceonly.poll.budget.ms}. A fault of this class delivers what was polled, as Kafka would, with an
 * error in the log. Without {@code group.id} (among others Kafka Streams' restore and global
 * consumers), and in Kafka Streams' main consumer, whose transactions may take back what was
 * claimed, everything passes untouched.
 *
 * <p>Runs on Kafka's clients from 3.9 on; {@link OnceOnlyMonitoredInterceptor} does the same on 4.1
 * and later, with counts among the consumer's own metrics.
 *
 * <p>Used by one consumer, as Kafka does; not thread-safe beyond that.
 */
public sealed class OnceOnlyConsumerInterceptor<K, V>
    implements ConsumerInterceptor<K, V>, ClusterResourceListener
    permits OnceOnlyMonitoredInterceptor {

  private static final Logger LOG = LoggerFactory.getLogger(OnceOnlyConsumerInterceptor.class);
  private static final String UNKNOWN_CLUSTER = "unknown-cluster";

  private final InterceptorWiring wiring;

  /** Null where everything passes. */
  private @Nullable PollProtection protection;

  private @Nullable String clusterAlias;
  private boolean warnedOfUnknownCluster;

  /** Told on Kafka's thread. */
  private volatile @Nullable String clusterId;

  /** For Kafka, which makes it by its name. */
  public OnceOnlyConsumerInterceptor() {
    this(InterceptorWiring.real());
  }

  OnceOnlyConsumerInterceptor(InterceptorWiring wiring) {
    this.wiring = wiring;
  }

  /**
   * Reads the settings and checks the API key.
   *
   * @throws org.apache.kafka.common.KafkaException naming the setting and the mend: the consumer is
   *     not made
   */
  @Override
  public void configure(Map<String, ?> configs) {
    Object groupId = configs.get(ConsumerConfig.GROUP_ID_CONFIG);
    if (groupId == null || groupId.toString().isBlank()) {
      LOG.info("no group.id: records pass without protection");
      return;
    }
    if (!KafkaSettings.isEnabled(configs)) {
      LOG.info(
          "group {}: {}=false: records pass without protection",
          groupId,
          SettingDefinitions.ENABLED);
      return;
    }
    if (isKafkaStreams(configs)) {
      LOG.warn(
          "group {} is a Kafka Streams application, whose transactions may take back what would be"
              + " claimed here: records pass without protection. Take the interceptor out of its"
              + " consumer's properties",
          groupId);
      return;
    }
    KafkaSettings settings = KafkaSettings.of(configs, wiring.environment());
    clusterAlias = settings.clusterAlias();
    protection = PollProtection.start(settings, wiring);
  }

  @Override
  public void onUpdate(ClusterResource cluster) {
    clusterId = cluster.clusterId();
  }

  @Override
  public ConsumerRecords<K, V> onConsume(ConsumerRecords<K, V> records) {
    PollProtection active = protection;
    if (active == null || records.isEmpty()) {
      return records;
    }
    try {
      return active.filter(records, cluster());
    } catch (Throwable e) {
      // Kafka would deliver after an exception, unseen. An Error leaves poll() with the positions
      // past it, and what was polled is lost: so not even the process's own gets out.
      active.countFault();
      tell(records.count(), e);
      return records;
    }
  }

  /** Its threads' main consumers alone are told of its assignor, with either group protocol. */
  private static boolean isKafkaStreams(Map<String, ?> configs) {
    Object assignor = configs.get(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG);
    return assignor != null && assignor.toString().contains("org.apache.kafka.streams.");
  }

  private static void tell(int handedOver, Throwable fault) {
    try {
      LOG.error(
          "{} records are handed over unprotected: a fault of this library", handedOver, fault);
    } catch (VirtualMachineError e) {
      // There is no memory to say so in; the count tells.
    }
  }

  @Override
  public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
    if (protection != null) {
      protection.committed(offsets);
    }
  }

  @Override
  public void close() {
    PollProtection active = protection;
    protection = null;
    if (active != null) {
      active.close();
    }
  }

  /** What has been counted since the start; null where everything passes. */
  @Nullable GuardCounters counters() {
    return protection == null ? null : protection.counters();
  }

  /** Polls and records that a fault of this library let through. */
  long faults() {
    return protection == null ? 0 : protection.faults();
  }

  private String cluster() {
    if (clusterAlias != null) {
      return clusterAlias;
    }
    String known = clusterId;
    if (known != null) {
      return known;
    }
    if (!warnedOfUnknownCluster) {
      warnedOfUnknownCluster = true;
      LOG.warn(
          "the cluster's id is not known: offset keys are made without it; set {}",
          SettingDefinitions.CLUSTER_ALIAS);
    }
    return UNKNOWN_CLUSTER;
  }
}
