package tech.onceonly.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.BlockingBridge;
import tech.onceonly.Decision;
import tech.onceonly.DeliveryGuard;
import tech.onceonly.Standstill;

/**
 * Decides a whole poll on the polling thread, and comes back only when each record is either handed
 * over or skipped.
 *
 * <p>What is refused or held is asked again, for as long as it takes: to come back without it would
 * lose it, to hand it over would break the refusal. While it stands still, one record is asked for
 * at a time, the first: as few claims as can be are held meanwhile. Used by one thread.
 */
final class PollGate {

  private static final Logger LOG = LoggerFactory.getLogger(PollGate.class);

  /** How much later than its budget the guard may answer: it promises the budget itself. */
  static final Duration GRACE = Duration.ofSeconds(1);

  /** Lets time pass. */
  @FunctionalInterface
  interface Pause {
    void forAWhile(Duration duration) throws InterruptedException;
  }

  private final DeliveryGuard guard;
  private final HandedOver handedOver;
  private final Standstill standstill;
  private final Duration budget;
  private final boolean failOpen;
  private final LongSupplier nanoTime;
  private final Pause pause;
  private final LongAdder faults;

  private boolean interrupted;

  PollGate(
      DeliveryGuard guard,
      HandedOver handedOver,
      KafkaSettings settings,
      LongSupplier nanoTime,
      Pause pause,
      LongAdder faults) {
    this.guard = guard;
    this.handedOver = handedOver;
    this.standstill = new Standstill("group " + settings.groupId(), settings.maxHold(), nanoTime);
    this.budget = settings.pollBudget();
    this.failOpen = settings.failOpen();
    this.nanoTime = nanoTime;
    this.pause = pause;
    this.faults = faults;
  }

  /**
   * Which of the records to hand over, by their index. An interrupt does not end it: the thread's
   * flag is set again when it returns.
   */
  BitSet admit(List<? extends ConsumerRecord<?, ?>> records, String clusterAlias) {
    BitSet admitted = new BitSet(records.size());
    BitSet open = new BitSet(records.size());
    open.set(0, records.size());
    boolean probing = false;
    interrupted = false;
    try {
      while (!open.isEmpty()) {
        BitSet asked = probing ? firstOf(open) : (BitSet) open.clone();
        Round round = new Round(admitted, open);
        ask(records, clusterAlias, asked, round);
        probing = round.blocked;
        if (round.blocked) {
          rest(standstill.pause(round.obstacle, open.cardinality()));
        }
      }
      standstill.end();
      return admitted;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void ask(
      List<? extends ConsumerRecord<?, ?>> records,
      String clusterAlias,
      BitSet asked,
      Round round) {
    List<KafkaDelivery> deliveries = new ArrayList<>(asked.cardinality());
    asked.stream().forEach(i -> deliveries.add(new KafkaDelivery(records.get(i), clusterAlias)));
    List<CompletionStage<Decision>> stages = guard.decideAll(deliveries, budget);
    await(stages);
    Throwable fault = null;
    for (int i = asked.nextSetBit(0), n = 0; i >= 0; i = asked.nextSetBit(i + 1), n++) {
      try {
        round.take(i, answer(records.get(i), stages.get(n)), failOpen, faults);
      } catch (Throwable e) {
        fault = e; // the others' claims are noted all the same
      }
    }
    if (fault != null) {
      throw new IllegalStateException("a decision could not be noted", fault);
    }
  }

  /** Also an answer that comes too late is noted, so that a commit settles its claim. */
  private Answer answer(ConsumerRecord<?, ?> record, CompletionStage<Decision> stage) {
    CompletableFuture<Decision> decided = stage.toCompletableFuture();
    if (!decided.isDone()) {
      CompletionStage<Decision> unused =
          decided.whenComplete((decision, failure) -> noted(record, decision, failure));
      return Answer.NONE;
    }
    Decision decision = null;
    Throwable failure = null;
    try {
      decision = decided.getNow(null);
    } catch (CompletionException | CancellationException e) {
      failure = e;
    }
    return noted(record, decision, failure);
  }

  private Answer noted(
      ConsumerRecord<?, ?> record, @Nullable Decision decision, @Nullable Throwable failure) {
    if (decision == null) {
      LOG.error(
          "no decision for {}-{} at {}: a fault of this library",
          record.topic(),
          record.partition(),
          record.offset(),
          failure);
      return Answer.FAULT;
    }
    handedOver.add(record, decision);
    return new Answer(decision, false);
  }

  /** The last first: most come in together and in order, so that this thread wakes up once. */
  private void await(List<CompletionStage<Decision>> stages) {
    long until = nanoTime.getAsLong() + budget.toNanos() + GRACE.toNanos();
    boolean inTime = true;
    for (int n = stages.size() - 1; n >= 0 && inTime; n--) {
      inTime = isEndedBy(until, stages.get(n));
    }
  }

  private boolean isEndedBy(long untilNanos, CompletionStage<Decision> stage) {
    while (!stage.toCompletableFuture().isDone()) {
      long left = untilNanos - nanoTime.getAsLong();
      try {
        return BlockingBridge.awaitEnd(stage, Duration.ofNanos(Math.max(1, left)));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    return true;
  }

  private void rest(Duration duration) {
    long until = nanoTime.getAsLong() + duration.toNanos();
    long left;
    while ((left = until - nanoTime.getAsLong()) > 0) {
      try {
        pause.forAWhile(Duration.ofNanos(left));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }

  private static BitSet firstOf(BitSet open) {
    BitSet first = new BitSet();
    first.set(open.nextSetBit(0));
    return first;
  }

  /**
   * @param decision null where there is none
   * @param isFault whether the guard broke its word
   */
  private record Answer(@Nullable Decision decision, boolean isFault) {
    static final Answer NONE = new Answer(null, false);
    static final Answer FAULT = new Answer(null, true);
  }

  /** What came of asking for some of the records. */
  private static final class Round {
    private final BitSet admitted;
    private final BitSet open;
    private boolean blocked;
    private @Nullable Decision obstacle;

    Round(BitSet admitted, BitSet open) {
      this.admitted = admitted;
      this.open = open;
    }

    void take(int index, Answer answer, boolean failOpen, LongAdder faults) {
      Decision decision = answer.decision();
      if (decision instanceof Decision.Refuse || decision instanceof Decision.Hold) {
        blockedBy(decision);
        return;
      }
      if (decision == null && !answer.isFault() && !failOpen) {
        blockedBy(null);
        return;
      }
      if (decision == null) {
        faults.increment();
      }
      open.clear(index);
      if (!(decision instanceof Decision.Skip)) {
        admitted.set(index);
      }
    }

    /** A refusal is what people must hear of first; of holds, the longest. */
    private void blockedBy(@Nullable Decision by) {
      boolean graver =
          !(obstacle instanceof Decision.Refuse)
              && (obstacle == null
                  || by instanceof Decision.Refuse
                  || (by instanceof Decision.Hold next
                      && obstacle instanceof Decision.Hold before
                      && next.retryAfter().compareTo(before.retryAfter()) > 0));
      if (graver) {
        obstacle = by;
      }
      blocked = true;
    }
  }
}
