package tech.onceonly.kafka;

import java.time.Duration;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.jspecify.annotations.Nullable;
import tech.onceonly.Mode;
import tech.onceonly.Settlement;

/**
 * Idempotent consumption with Kafka's own consumers, in three forms.
 *
 * <p>{@link #wrap} gives a {@code Consumer} to use in place of the given one: its polls hand over
 * what is to be processed. It claims a whole poll and learns of success by commits alone, so in
 * check-lock mode a crash loses at most what was handed over and not committed.
 *
 * <p>{@link #on} and {@link #forEach} run a handler record by record and know its outcome: the
 * better hook where the loop can be changed. In check-lock mode a crash loses at most one record;
 * in lease mode none.
 *
 * <p>{@link #shareGroup} is for the consumers of a share group.
 *
 * <pre>{@code
 * try (Consumer<String, Order> consumer = new KafkaConsumer<>(properties);
 *     OnceOnlyKafka<String, Order> onceOnly = OnceOnlyKafka.on(consumer, options)) {
 *   consumer.subscribe(List.of("orders"));
 *   while (running) {
 *     onceOnly.forEach(
 *         onceOnly.poll(Duration.ofSeconds(1)),
 *         (record, context) -> charge(record.value(), context.leaseId()));
 *     consumer.commitSync();
 *   }
 * }
 * }</pre>
 *
 * <p>Like Kafka's consumer, an instance is for one thread at a time.
 */
public final class OnceOnlyKafka<K, V> implements AutoCloseable {

  /** A consumer is woken and closed by others meanwhile. */
  private static final Duration MOST_WAIT = Duration.ofSeconds(1);

  private final Consumer<K, V> consumer;
  private final KafkaOptions options;
  private final KafkaGuard guard;
  private final HeldPartitions held;

  /** Whether this is called when nothing was polled, too, and so can resume what is paused. */
  private boolean hearsOfEmptyPolls;

  private boolean closed;

  private OnceOnlyKafka(Consumer<K, V> consumer, KafkaOptions options) {
    this.consumer = consumer;
    this.options = options;
    guard = KafkaGuard.open(options, Settlement.BY_OUTCOME);
    held = new HeldPartitions(consumer, options.nanoTime());
  }

  /**
   * A consumer that hands over only what is to be processed.
   *
   * <p>Order, partitions and next offsets stay as they were. A poll waits at most {@link
   * KafkaOptions#pollBudget} for its claims, beyond the caller's timeout, and may return empty
   * before that timeout when all was skipped. While a record has to wait (429, a lease in progress
   * elsewhere, an outage where fail-open is off) its partition is sought back to it and paused;
   * {@code paused()} tells only of the user's own pauses. A refusal seeks every polled partition
   * back and throws {@link RefusedException}.
   *
   * <p>A record counts as done when its offset is committed through this consumer; with auto-commit
   * when the next poll begins. Until then its redelivery here is handed over again. When its
   * partition is revoked before that, or the consumer is closed, its claim is given back where the
   * service allows it. Offsets that are committed elsewhere, in a producer's transaction or a
   * database, are not seen: use {@link #forEach} there.
   *
   * <p>The wrapped consumer closes the given one. Wrapping twice is a no-op.
   *
   * @throws IllegalArgumentException for lease mode with auto-commit: a poll would commit records
   *     that worker threads are still at
   */
  public static <K, V> Consumer<K, V> wrap(Consumer<K, V> consumer, KafkaOptions options) {
    if (options.mode() == Mode.LEASE && options.autoCommit()) {
      throw new IllegalArgumentException(
          "lease mode needs enable.auto.commit=false with wrap, since an automatic commit takes"
              + " records for done that worker threads are still at: turn it off, commit after"
              + " the work, and say autoCommit(false); or use OnceOnlyKafka.forEach");
    }
    if (!options.enabled() || GuardedConsumer.isGuarded(consumer)) {
      return consumer;
    }
    return GuardedConsumer.proxy(consumer, options, KafkaGuard.open(options, Settlement.BY_COMMIT));
  }

  /**
   * Runs handlers over records of this consumer, which stays its owner's to close, after this.
   *
   * @throws IllegalArgumentException if the consumer is a wrapped one: it would claim twice
   */
  public static <K, V> OnceOnlyKafka<K, V> on(Consumer<K, V> consumer, KafkaOptions options) {
    if (GuardedConsumer.isGuarded(consumer)) {
      throw new IllegalArgumentException(
          "this consumer is wrapped already and claims what it polls: give the one inside");
    }
    return new OnceOnlyKafka<>(consumer, options);
  }

  /**
   * Protects the consumers of a share group; see there. Needs Kafka's clients and brokers 4.2 or
   * later.
   *
   * @param options with {@link KafkaOptions.Builder#shareGroup} set
   * @throws RefusedException if the API refuses the key at the start
   */
  public static OnceOnlyShareGroup shareGroup(KafkaOptions options) {
    return OnceOnlyShareGroup.open(options);
  }

  /**
   * Polls, with partitions resumed whose waiting is over. A loop that calls the consumer's own poll
   * instead should hand every poll to {@link #forEach}, which resumes too, with no records as well.
   */
  public ConsumerRecords<K, V> poll(Duration timeout) {
    ensureOpen();
    hearsOfEmptyPolls = true;
    held.resumeDue();
    return consumer.poll(held.capped(timeout));
  }

  /**
   * Runs the handler for each record that is to be processed, on this thread, in the order polled.
   *
   * <p>In lease mode the leases of all records are asked for together; in check-lock mode each
   * record is claimed when its turn comes. When this returns or throws, the consumer's positions
   * stand at the first record of each partition that is not finished, so that {@code commitSync()},
   * {@code close()} and auto-commit lose nothing; auto-commit is therefore allowed in lease mode
   * too, as the records of a poll are finished before the next poll begins. Commit by position, not
   * by the records' own next offsets, and not from within the handler.
   *
   * <p>A record that has to wait stops its partition, which is paused and resumed when due; the
   * others go on. A partition that waits must not be paused or resumed by the user. Where neither
   * {@link #poll} nor an empty poll has been seen here, the loop may pass over empty polls, and
   * nobody would resume it: then this waits for it, at most a second, and leaves none paused.
   *
   * <p>Before it returns it waits, at most {@link KafkaOptions#pollBudget}, until the service has
   * been told of all outcomes; what takes longer is told in the background.
   *
   * @throws E what the handler throws, untouched: its claim is given back where the service allows
   *     it, and the record comes with the next poll
   * @throws RefusedException if the service refuses; nothing more is processed
   */
  public <E extends Exception> void forEach(
      ConsumerRecords<K, V> records, RecordHandler<K, V, E> handler) throws E {
    ensureOpen();
    held.resumeDue();
    if (records.isEmpty()) {
      hearsOfEmptyPolls = true;
      return;
    }
    try {
      new RecordRun<>(records, consumer, options, guard, held).run(handler);
    } catch (Throwable e) {
      leaveNonePaused(Duration.ZERO, e);
      throw e;
    }
    leaveNonePaused(MOST_WAIT, null);
  }

  /** Waits, bounded, for settlements under way. The consumer is its owner's to close. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      guard.close();
    }
  }

  /** A loop that passes over empty polls comes here by records alone. */
  private void leaveNonePaused(Duration mostWait, @Nullable Throwable cause) {
    if (hearsOfEmptyPolls) {
      return;
    }
    try {
      held.resumeAll(mostWait);
    } catch (RuntimeException e) {
      if (cause == null) {
        throw e;
      }
      cause.addSuppressed(e);
    }
  }

  private void ensureOpen() {
    if (closed) {
      throw new IllegalStateException("this OnceOnlyKafka is closed");
    }
  }
}
