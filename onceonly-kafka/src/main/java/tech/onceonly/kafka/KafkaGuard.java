package tech.onceonly.kafka;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.BlockingBridge;
import tech.onceonly.ClaimService;
import tech.onceonly.Decision;
import tech.onceonly.DeliveryGuard;
import tech.onceonly.Entrance;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.Mode;
import tech.onceonly.Outcome;
import tech.onceonly.Settlement;
import tech.onceonly.Settlements;

/**
 * A consumer group's guard, with what it stands on: opened together, closed together.
 *
 * <p>For those who build a hook of their own: ask {@link #decide}, act as the decision says, and
 * tell the outcome of what ran to {@link #settle}. The hooks of this library stand on it. What it
 * does not do is seek, pause, commit or acknowledge: that is the hook's part, and where most ways
 * to lose a record are.
 *
 * <p>Thread-safe. Methods that decide wait for the service, at most {@link
 * KafkaOptions#pollBudget()} and a quarter of a second.
 */
public final class KafkaGuard implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(KafkaGuard.class);

  private final KafkaOptions options;
  private final DeliveryGuard guard;
  private final Settlements settlements;
  private final ClaimService service;
  private final Entrance questions = new Entrance();

  private KafkaGuard(KafkaOptions options, Settlement settlement) {
    this.options = options;
    service = options.openClaimService();
    guard = DeliveryGuard.create(service, options.toGuardOptions(settlement));
    settlements = new Settlements(guard);
  }

  /**
   * Opens a guard.
   *
   * @param settlement how the hook learns of outcomes
   * @throws RefusedException if the API refuses the key at the start
   */
  public static KafkaGuard open(KafkaOptions options, Settlement settlement) {
    return new KafkaGuard(options, settlement);
  }

  public KafkaOptions options() {
    return options;
  }

  /**
   * Decides one record. After {@link #close} it is held: without its guard it is not processed.
   *
   * @throws InterruptException if the thread is interrupted; a claim that is won all the same is
   *     given back
   */
  public Decision decide(ConsumerRecord<?, ?> record) {
    return decideAll(List.of(record)).get(0);
  }

  /**
   * Decides records that were polled together, within one budget. After {@link #close} they are
   * held.
   *
   * @return the decisions in the order of the records
   * @throws InterruptException as {@link #decide}
   */
  public List<Decision> decideAll(List<? extends ConsumerRecord<?, ?>> records) {
    return decideAll(records, topic -> false);
  }

  /**
   * As {@link #decideAll(List)}, for the reader of a retry topic: in lease mode a record is the
   * effect that it was in the topic where it began, as Spring Kafka's headers tell.
   *
   * @param isOrigin whether the records of this topic come here to be retried; of others the
   *     headers don't count, since whoever sends on what he has received may have copied them
   */
  public List<Decision> decideAll(
      List<? extends ConsumerRecord<?, ?>> records, Predicate<String> isOrigin) {
    return decideAll(records, isOrigin, null);
  }

  /**
   * As {@link #decideAll(List, Predicate)}, for a guard that hears of commits ({@link
   * Settlement#BY_COMMIT}) and that several consumers share: a record that comes again in another
   * one than before may have been taken, with its partition, from a listener that is still at work.
   * So it is held until the outcome there is told, or {@link KafkaOptions.Builder#maxRenewal} has
   * passed.
   *
   * @param consumer by which they were polled, or what stands for it: its thread. The same object
   *     each time; null for the only one
   */
  public List<Decision> decideAll(
      List<? extends ConsumerRecord<?, ?>> records,
      Predicate<String> isOrigin,
      @Nullable Object consumer) {
    if (!questions.enter()) {
      LOG.warn(
          "{} records of {} wait for a guard that is closed: stop the consumers before it",
          records.size(),
          options.namespace());
      return Collections.nCopies(records.size(), Settlements.UNDECIDED);
    }
    try {
      List<KafkaDelivery> deliveries =
          records.stream()
              .map(record -> new KafkaDelivery(record, options.clusterAlias(), isOrigin, consumer))
              .toList();
      return await(guard.decideAll(deliveries, options.pollBudget()));
    } finally {
      questions.leave();
    }
  }

  /**
   * The key of this record's effect; null where no source finds one.
   *
   * @param isOrigin as for {@link #decideAll(List, Predicate)}
   */
  public @Nullable IdempotencyKey keyOf(ConsumerRecord<?, ?> record, Predicate<String> isOrigin) {
    KafkaDelivery delivery = new KafkaDelivery(record, options.clusterAlias(), isOrigin);
    return options.keys().keyOf(options.mode() == Mode.LEASE ? delivery.origin() : delivery);
  }

  /**
   * Decides records for a hook that can neither wait nor refuse but by standing still: stays until
   * each may run or be skipped, and says so in the log. What is held or refused is asked again, for
   * as long as it takes; an interrupt does not end that, and is set again.
   *
   * @return the decisions in the order of the records; none holds or refuses
   */
  public List<Decision> admit(List<? extends ConsumerRecord<?, ?>> records) {
    return new Admission(this, records).await();
  }

  /** Tells the outcome, without waiting; see {@link #awaitSettled}. */
  public void settle(Decision decision, Outcome outcome) {
    settlements.settle(decision, outcome);
  }

  /**
   * Whether a failed record's claim could not be given back, once {@link #awaitAllSettled} has
   * returned: only this process may run the record again, any other would skip and so lose it.
   */
  public boolean isKeptHere(Decision decision) {
    return guard.isKeptHere(decision);
  }

  /** {@link DeliveryGuard#isLost}: for a record that was decided with others before it. */
  public boolean isLost(Decision decision) {
    return guard.isLost(decision);
  }

  /**
   * Its partition went to another consumer before its outcome was known: a lease is left to run
   * out, a check-lock is given back. See {@link DeliveryGuard#abandon}.
   */
  public void abandon(Decision decision) {
    settlements.abandon(CompletableFuture.completedFuture(decision));
  }

  /**
   * Before partitions go to another process: gives back what failed here or is in doubt, and waits,
   * at most the poll budget, until the service has been told of all outcomes. An interrupt does not
   * end the wait.
   */
  public void giveBackAndAwait() {
    settlements.giveBackAndAwait(options.pollBudget());
  }

  /**
   * Waits, at most the poll budget, until no more than {@link KafkaOptions#maxCompletionsInFlight}
   * less one outcomes are still being told.
   */
  public void awaitSettled() {
    settlements.awaitAtMost(options.maxCompletionsInFlight() - 1, options.pollBudget());
  }

  /**
   * Waits, at most the poll budget, until the service has been told of all outcomes: before another
   * consumer takes over, which would be told of claims that are about to be given back.
   */
  public void awaitAllSettled() {
    settlements.await(options.pollBudget());
  }

  /** {@link DeliveryGuard#isFinishedHere}. */
  public boolean isFinishedHere(IdempotencyKey key) {
    return guard.isFinishedHere(key);
  }

  /** {@link DeliveryGuard#forgetFinished}. */
  public void forgetFinished(IdempotencyKey key) {
    guard.forgetFinished(key);
  }

  /** The same poll with fewer records, and what is beside them: the next offsets. */
  public static <K, V> ConsumerRecords<K, V> withRecords(
      ConsumerRecords<K, V> polled, Map<TopicPartition, List<ConsumerRecord<K, V>>> kept) {
    return FewerRecords.of(polled, kept);
  }

  DeliveryGuard guard() {
    return guard;
  }

  Settlements settlements() {
    return settlements;
  }

  KafkaDelivery delivery(ConsumerRecord<?, ?> record) {
    return new KafkaDelivery(record, options.clusterAlias());
  }

  /** Waits for decisions; what is not answered in time is held, and given back if it is won. */
  List<Decision> await(List<CompletionStage<Decision>> asked) {
    try {
      return settlements.decisions(asked, options.pollBudget());
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /** Waits, bounded, for decisions and settlements under way. Closing twice is a no-op. */
  @Override
  public void close() {
    // A client that is closed under a question gives no answer: an outage, in which a record runs
    // that was refused before. Each question is bounded by its budget.
    BlockingBridge.awaitUninterruptibly(questions.close());
    giveBackAndAwait();
    guard.close();
    if (options.ownsClaimService()) {
      service.close();
    }
  }
}
