package tech.onceonly.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import tech.onceonly.BlockingBridge;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.HoldReason;
import tech.onceonly.Decision.Refuse;
import tech.onceonly.Decision.Skip;
import tech.onceonly.Mode;
import tech.onceonly.Outcome;

/**
 * A share consumer's poll: hands over what may run, accepts what has run, keeps what must wait.
 * Guarded by its consumer.
 */
final class SharePoll<K, V> {

  /** The consumer's own poll is cut into slices, so that a wake-up never hits a renewal. */
  private static final Duration SLICE = Duration.ofMillis(200);

  private static final Duration LONGEST_PAUSE = Duration.ofMillis(50);
  private static final Duration FOR_EVER = Duration.ofDays(3650);

  private final OnceOnlyShareGroup group;
  private final KafkaGuard guard;
  private final ShareRecords<K, V> records;
  private final AtomicBoolean woken = new AtomicBoolean();

  SharePoll(OnceOnlyShareGroup group, KafkaGuard guard, ShareRecords<K, V> records) {
    this.group = group;
    this.guard = guard;
    this.records = records;
  }

  /** From any thread: the present poll, or the next one, ends. */
  void wakeup() {
    woken.set(true);
  }

  ConsumerRecords<K, V> poll(Duration timeout) {
    long until = now() + (timeout.compareTo(FOR_EVER) < 0 ? timeout : FOR_EVER).toNanos();
    while (true) {
      if (woken.getAndSet(false)) {
        throw new WakeupException();
      }
      advance(Duration.ofNanos(Math.max(0, Math.min(SLICE.toNanos(), until - now()))));
      List<ShareRecord<K, V>> running = admit();
      if (!running.isEmpty()) {
        return handOver(running);
      }
      if (until - now() <= 0) {
        records.sendAsync();
        return ConsumerRecords.empty();
      }
      pause(until);
    }
  }

  /** Fetches where nothing waits; else keeps the locks of what does. */
  private void advance(Duration slice) {
    if (records.waiting().isEmpty()) {
      records.fetch(slice);
      return;
    }
    records.sendAsync();
    renewIfDue();
  }

  private void renewIfDue() {
    if (records.isRenewalDue()) {
      records.renew();
    }
  }

  /**
   * What may run now. In check-lock mode one record, claimed at the last moment there is: more
   * claims would only be lost with the process. In lease mode all of them, asked together.
   */
  private List<ShareRecord<K, V>> admit() {
    List<ShareRecord<K, V>> running = new ArrayList<>();
    boolean oneByOne = guard.options().mode() == Mode.CHECK_LOCK;
    List<ShareRecord<K, V>> asked = new ArrayList<>();
    for (ShareRecord<K, V> each : due()) {
      renewIfDue();
      if (!each.locked) {
        continue; // lost while another was asked for
      }
      if (isStillClaimed(each)) {
        running.add(each); // put back by the user
      } else if (oneByOne) {
        decide(List.of(each), running);
      } else {
        asked.add(each);
      }
      if (oneByOne && !running.isEmpty()) {
        return running;
      }
    }
    decide(asked, running);
    return running;
  }

  private boolean isStillClaimed(ShareRecord<K, V> each) {
    Decision decision = each.decision;
    if (decision != null && guard.isLost(decision)) {
      guard.settle(decision, Outcome.FAILED);
      each.decision = null;
    }
    return each.decision != null;
  }

  private List<ShareRecord<K, V>> due() {
    long now = now();
    return records.waiting().stream().filter(each -> now - each.dueNanos >= 0).toList();
  }

  private void decide(List<ShareRecord<K, V>> asked, List<ShareRecord<K, V>> running) {
    if (asked.isEmpty()) {
      return;
    }
    List<Decision> decisions = guard.decideAll(asked.stream().map(each -> each.record).toList());
    Refuse refusal = refusalOf(decisions);
    if (refusal != null) {
      refused(asked, decisions, refusal);
      return;
    }
    for (int i = 0; i < asked.size(); i++) {
      ShareRecord<K, V> each = asked.get(i);
      Decision decision = decisions.get(i);
      if (decision instanceof Hold hold) {
        hold(each, hold);
        continue;
      }
      group.granted();
      if (decision instanceof Skip) {
        records.acknowledge(each, AcknowledgeType.ACCEPT);
      } else {
        each.decision = decision;
        running.add(each);
      }
    }
  }

  private static @Nullable Refuse refusalOf(List<Decision> decisions) {
    for (Decision decision : decisions) {
      if (decision instanceof Refuse refuse) {
        return refuse;
      }
    }
    return null;
  }

  /** None of them runs; all stay this consumer's, so that asking again costs no delivery. */
  private void refused(List<ShareRecord<K, V>> asked, List<Decision> decisions, Refuse refusal) {
    decisions.forEach(decision -> guard.settle(decision, Outcome.FAILED));
    Duration wait = group.refused(refusal, records.waiting().size());
    if (wait == null) {
      throw new RefusedException(refusal.cause());
    }
    asked.forEach(each -> each.dueNanos = now() + wait.toNanos());
  }

  /** What stands in the way of all, stands in the way of the others that wait too. */
  private void hold(ShareRecord<K, V> each, Hold hold) {
    long due = now() + hold.retryAfter().toNanos();
    each.dueNanos = due;
    if (hold.reason() == HoldReason.RATE_LIMITED || hold.reason() == HoldReason.OUTAGE) {
      group.waits(hold, records.waiting().size());
      records.waiting().stream()
          .filter(other -> other.decision == null && other.dueNanos - due < 0)
          .forEach(other -> other.dueNanos = due);
    }
  }

  private ConsumerRecords<K, V> handOver(List<ShareRecord<K, V>> running) {
    Map<TopicPartition, List<ConsumerRecord<K, V>>> polled = new LinkedHashMap<>();
    for (ShareRecord<K, V> each : running) {
      records.handOver(each);
      polled.computeIfAbsent(each.partition, at -> new ArrayList<>()).add(each.record);
    }
    return new ConsumerRecords<>(polled, Map.of());
  }

  /** Until the next record that waits is due, or for a moment: a wake-up is looked for then. */
  private void pause(long until) {
    if (records.waiting().isEmpty()) {
      return;
    }
    long now = now();
    long nanos = Math.min(LONGEST_PAUSE.toNanos(), until - now);
    for (ShareRecord<K, V> each : records.waiting()) {
      nanos = Math.min(nanos, each.dueNanos - now);
    }
    if (nanos > 0) {
      try {
        BlockingBridge.pause(Duration.ofNanos(nanos));
      } catch (InterruptedException e) {
        throw new InterruptException(e);
      }
    }
  }

  private long now() {
    return guard.options().nanoTime().getAsLong();
  }
}
