package tech.onceonly.kafka;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import tech.onceonly.ClaimContext;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.HoldReason;
import tech.onceonly.Decision.Refuse;
import tech.onceonly.Decision.Skip;
import tech.onceonly.Mode;
import tech.onceonly.Outcome;

/** One handler's way through the records of one poll. */
final class RecordRun<K, V> {

  private final ConsumerRecords<K, V> records;
  private final Consumer<K, V> consumer;
  private final KafkaOptions options;
  private final KafkaGuard guard;
  private final HeldPartitions held;

  /** In lease mode: what was asked for the records that have not had their turn. */
  private final Map<TopicPartition, ArrayDeque<CompletionStage<Decision>>> asked =
      new LinkedHashMap<>();

  /** The first record of each partition that is not finished. */
  private final Map<TopicPartition, ConsumerRecord<K, V>> unfinished = new LinkedHashMap<>();

  RecordRun(
      ConsumerRecords<K, V> records,
      Consumer<K, V> consumer,
      KafkaOptions options,
      KafkaGuard guard,
      HeldPartitions held) {
    this.records = records;
    this.consumer = consumer;
    this.options = options;
    this.guard = guard;
    this.held = held;
  }

  /** Whatever is thrown, what is not finished is sought back before. */
  <E extends Exception> void run(RecordHandler<K, V, E> handler) throws E {
    Collection<TopicPartition> partitions = records.partitions();
    for (TopicPartition partition : partitions) {
      unfinished.put(partition, records.records(partition).get(0));
    }
    try {
      if (options.mode() == Mode.LEASE) {
        askTogether(partitions);
      }
      for (TopicPartition partition : partitions) {
        run(partition, handler);
        unfinished.remove(partition);
      }
    } catch (Throwable e) {
      undo(e);
      throw e;
    }
    guard.awaitAllSettled();
  }

  /**
   * A partition that has waited is asked for its first record alone, at its turn: as long as it
   * goes on waiting, leases behind that record would be taken and given back for nothing.
   */
  private void askTogether(Collection<TopicPartition> partitions) {
    Map<TopicPartition, List<ConsumerRecord<K, V>>> ready = new LinkedHashMap<>();
    for (TopicPartition partition : partitions) {
      if (!held.hasWaited(partition)) {
        ready.put(partition, records.records(partition));
      }
    }
    ask(ready);
  }

  private void ask(Map<TopicPartition, List<ConsumerRecord<K, V>>> ready) {
    List<KafkaDelivery> deliveries = new ArrayList<>(records.count());
    ready.values().forEach(list -> list.forEach(record -> deliveries.add(guard.delivery(record))));
    Iterator<CompletionStage<Decision>> stages =
        guard.guard().decideAll(deliveries, options.pollBudget()).iterator();
    ready.forEach(
        (partition, list) -> {
          ArrayDeque<CompletionStage<Decision>> waiting = new ArrayDeque<>(list.size() + 1);
          list.forEach(record -> waiting.add(stages.next()));
          asked.put(partition, waiting);
        });
  }

  private <E extends Exception> void run(TopicPartition partition, RecordHandler<K, V, E> handler)
      throws E {
    List<ConsumerRecord<K, V>> polled = records.records(partition);
    for (ConsumerRecord<K, V> record : polled) {
      unfinished.put(partition, record);
      Decision decision = decide(partition, record);
      if (decision instanceof Refuse refuse) {
        throw new RefusedException(refuse.cause());
      }
      if (decision instanceof Hold hold) {
        held.hold(partition, record, hold.retryAfter());
        giveBack(partition);
        return;
      }
      if (held.waitIsOver(partition) && options.mode() == Mode.LEASE) {
        ask(Map.of(partition, polled.subList(1, polled.size())));
      }
      if (!(decision instanceof Skip)) {
        run(record, decision, handler);
      }
    }
  }

  private <E extends Exception> void run(
      ConsumerRecord<K, V> record, Decision decision, RecordHandler<K, V, E> handler) throws E {
    boolean done = false;
    try {
      handler.handle(record, ClaimContext.of(decision));
      done = true;
    } finally {
      guard.settlements().settle(decision, done ? Outcome.SUCCEEDED : Outcome.FAILED);
    }
    guard.awaitSettled();
  }

  private Decision decide(TopicPartition partition, ConsumerRecord<K, V> record) {
    ArrayDeque<CompletionStage<Decision>> waiting = asked.get(partition);
    if (waiting == null) {
      return guard.decide(record);
    }
    Decision decision = await(waiting.remove());
    if (decision instanceof Hold hold && hold.reason() == HoldReason.IN_PROGRESS_HERE) {
      // An equal key came earlier in this poll, and has had its turn.
      return guard.decide(record);
    }
    if (guard.isLost(decision)) {
      guard.settlements().settle(decision, Outcome.FAILED);
      return guard.decide(record);
    }
    return decision;
  }

  private Decision await(CompletionStage<Decision> stage) {
    return guard.await(List.of(stage)).get(0);
  }

  private void undo(Throwable cause) {
    try {
      SeekBack.to(consumer, unfinished);
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
    asked.keySet().forEach(this::giveBack);
    guard.giveBackAndAwait();
  }

  /** What has not had its turn is not run. */
  private void giveBack(TopicPartition partition) {
    ArrayDeque<CompletionStage<Decision>> waiting = asked.get(partition);
    while (waiting != null && !waiting.isEmpty()) {
      guard.settlements().settle(waiting.remove(), Outcome.FAILED);
    }
  }
}
