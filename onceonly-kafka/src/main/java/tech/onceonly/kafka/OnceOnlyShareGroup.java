package tech.onceonly.kafka;

import java.time.Duration;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.jspecify.annotations.Nullable;
import tech.onceonly.ClaimContext;
import tech.onceonly.Decision;
import tech.onceonly.Settlement;
import tech.onceonly.Standstill;

/**
 * Protects the consumers of a share group (KIP-932) in this process; they share their claims.
 *
 * <pre>{@code
 * try (OnceOnlyShareGroup group = OnceOnlyKafka.shareGroup(options);
 *     ShareConsumer<String, Order> consumer = group.wrap(new KafkaShareConsumer<>(properties))) {
 *   consumer.subscribe(List.of("orders"));
 *   while (running) {
 *     for (ConsumerRecord<String, Order> record : consumer.poll(Duration.ofSeconds(1))) {
 *       charge(record.value());
 *       consumer.acknowledge(record, AcknowledgeType.ACCEPT);
 *     }
 *     consumer.commitSync();
 *   }
 * }
 * }</pre>
 *
 * <p>Thread-safe; a wrapped consumer is for one thread at a time, as Kafka's. Close this after the
 * consumers.
 */
public final class OnceOnlyShareGroup implements AutoCloseable {

  private final KafkaGuard guard;
  private final boolean ownsGuard;
  private final @Nullable Duration refusalRetry;
  private final Standstill standstill;
  private volatile @Nullable RuntimeException refusal;

  private OnceOnlyShareGroup(KafkaGuard guard, boolean ownsGuard, @Nullable Duration refusalRetry) {
    this.guard = guard;
    this.ownsGuard = ownsGuard;
    this.refusalRetry = refusalRetry;
    KafkaOptions options = guard.options();
    standstill =
        new Standstill("share group " + options.namespace(), options.maxHold(), options.nanoTime());
  }

  static OnceOnlyShareGroup open(KafkaOptions options) {
    return new OnceOnlyShareGroup(KafkaGuard.open(options, Settlement.BY_OUTCOME), true, null);
  }

  /**
   * Over a guard that is its owner's to close: for those who build a hook of their own.
   *
   * @param guard that is told outcomes
   * @param refusalRetry after which a refused record is asked for again while polls stay empty;
   *     null to throw {@link RefusedException}
   */
  public static OnceOnlyShareGroup over(KafkaGuard guard, @Nullable Duration refusalRetry) {
    return new OnceOnlyShareGroup(guard, false, refusalRetry);
  }

  /**
   * A consumer that hands over only what is to be processed, to use in place of the given one.
   *
   * <p>What is a duplicate it accepts and does not hand over. What has to wait (a lease in progress
   * elsewhere, 429, an outage with fail-open off) it keeps, and renews its acquisition lock: that
   * costs no delivery, and lets this consumer fetch nothing new meanwhile. A refusal throws {@link
   * RefusedException} and acknowledges nothing; the next poll asks again. While the user is at work
   * the locks of his records are renewed by a thread of this library.
   *
   * <p>In check-lock mode a poll hands over one record, claimed at that moment; in lease mode all
   * that may run. ACCEPT completes the claim, and is final. RELEASE and REJECT give it back, where
   * the service takes it; where it does not, a released record is handed over again here, since
   * another member would take it for a duplicate. RENEW has it handed over again. A wake-up ends
   * the present poll or the next.
   *
   * <p>The wrapped consumer closes the given one. Wrapping twice is a no-op.
   *
   * @throws IllegalArgumentException for a consumer whose {@code share.acknowledgement.mode} is not
   *     {@code explicit}
   * @throws IllegalStateException on Kafka's clients before 4.2, which can't renew
   */
  public <K, V> ShareConsumer<K, V> wrap(ShareConsumer<K, V> consumer) {
    if (!guard.options().enabled() || GuardedShareConsumer.behind(consumer) != null) {
      return consumer;
    }
    requireRenewal();
    requireExplicit(consumer);
    return GuardedShareConsumer.proxy(consumer, this, guard);
  }

  /**
   * The claim under which a record runs: its lease id is a fencing token for the effect.
   *
   * @param consumer a wrapped one
   * @return null for a record that it has not handed over, or that is acknowledged
   */
  public static @Nullable ClaimContext contextOf(
      ShareConsumer<?, ?> consumer, ConsumerRecord<?, ?> record) {
    GuardedShareConsumer<?, ?> guarded = GuardedShareConsumer.behind(consumer);
    return guarded == null ? null : guarded.contextOf(record);
  }

  /** Why nothing is handed over at present; null where nothing is refused. For health checks. */
  public @Nullable RuntimeException refusal() {
    return refusal;
  }

  /** Waits, bounded, for settlements under way. */
  @Override
  public void close() {
    if (ownsGuard) {
      guard.close();
    }
  }

  /** How long to wait before it is asked again; null to throw. */
  @Nullable Duration refused(Decision.Refuse refused, int records) {
    refusal = refused.cause();
    if (refusalRetry != null) {
      Duration unused = standstill.pause(refused, records);
    }
    return refusalRetry;
  }

  void waits(Decision.Hold hold, int records) {
    Duration unused = standstill.pause(hold, records);
  }

  void granted() {
    refusal = null;
    standstill.end();
  }

  private static void requireRenewal() {
    try {
      AcknowledgeType.valueOf("RENEW");
      ShareConsumer.class.getMethod("acquisitionLockTimeoutMs");
    } catch (NoSuchMethodException | IllegalArgumentException e) {
      throw new IllegalStateException(
          "share groups are protected with kafka-clients 4.2 or later: this version can't renew"
              + " acquisition locks, and a record that has to wait would use up its deliveries",
          e);
    }
  }

  /** Kafka's consumer does not tell its mode, but it says so when it is told of a record. */
  private static void requireExplicit(ShareConsumer<?, ?> consumer) {
    try {
      consumer.acknowledge("", 0, 0, AcknowledgeType.RELEASE);
    } catch (IllegalStateException e) {
      if (String.valueOf(e.getMessage()).contains("Implicit")) {
        throw new IllegalArgumentException(
            "share.acknowledgement.mode is implicit, in which a poll accepts all that was handed"
                + " over before it, whatever became of it: set it to explicit, and acknowledge"
                + " each record",
            e);
      }
    }
  }
}
