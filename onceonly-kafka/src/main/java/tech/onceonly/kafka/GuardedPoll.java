package tech.onceonly.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import tech.onceonly.BlockingBridge;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.Refuse;
import tech.onceonly.Decision.Skip;
import tech.onceonly.DeliveryGuard;
import tech.onceonly.Outcome;
import tech.onceonly.Settlements;

/** A poll whose records are claimed together before they are handed over. */
final class GuardedPoll<K, V> {

  private final Consumer<K, V> consumer;
  private final KafkaOptions options;
  private final DeliveryGuard guard;
  private final Settlements settlements;
  private final PolledClaims claims;
  private final HeldPartitions held;

  GuardedPoll(
      Consumer<K, V> consumer,
      KafkaOptions options,
      DeliveryGuard guard,
      Settlements settlements,
      PolledClaims claims,
      HeldPartitions held) {
    this.consumer = consumer;
    this.options = options;
    this.guard = guard;
    this.settlements = settlements;
    this.claims = claims;
    this.held = held;
  }

  ConsumerRecords<K, V> poll(Duration timeout) {
    if (options.autoCommit()) {
      claims.committedAll();
    }
    held.resumeDue();
    ConsumerRecords<K, V> polled = consumer.poll(held.capped(timeout));
    return polled.isEmpty() ? polled : claim(polled);
  }

  /** Whatever goes wrong, what was polled is sought back before anything is thrown. */
  private ConsumerRecords<K, V> claim(ConsumerRecords<K, V> polled) {
    List<CompletionStage<Decision>> asked = List.of();
    try {
      List<KafkaDelivery> deliveries = new ArrayList<>(polled.count());
      for (TopicPartition partition : polled.partitions()) {
        for (ConsumerRecord<K, V> record : polled.records(partition)) {
          deliveries.add(new KafkaDelivery(record, options.clusterAlias()));
        }
      }
      asked = guard.decideAll(deliveries, options.pollBudget());
      List<Decision> decisions = await(asked);
      for (Decision decision : decisions) {
        if (decision instanceof Refuse refuse) {
          throw new RefusedException(refuse.cause());
        }
      }
      return handOver(polled, asked, decisions);
    } catch (InterruptedException e) {
      undo(polled, asked, e);
      throw new InterruptException(e);
    } catch (RuntimeException | Error e) {
      undo(polled, asked, e);
      throw e;
    }
  }

  private List<Decision> await(List<CompletionStage<Decision>> asked) throws InterruptedException {
    CompletableFuture<?>[] stages = new CompletableFuture<?>[asked.size()];
    for (int i = 0; i < stages.length; i++) {
      stages[i] = asked.get(i).toCompletableFuture();
    }
    try {
      BlockingBridge.await(
          CompletableFuture.allOf(stages), options.pollBudget().plus(Settlements.GRACE));
    } catch (TimeoutException e) {
      // What is undecided is held: neither lost nor run without an answer.
    }
    List<Decision> decisions = new ArrayList<>(stages.length);
    for (CompletionStage<Decision> stage : asked) {
      decisions.add(stage.toCompletableFuture().getNow(Settlements.UNDECIDED));
    }
    return decisions;
  }

  private ConsumerRecords<K, V> handOver(
      ConsumerRecords<K, V> polled,
      List<CompletionStage<Decision>> asked,
      List<Decision> decisions) {
    PolledRecords<K, V> result = new PolledRecords<>(polled);
    int at = 0;
    for (TopicPartition partition : polled.partitions()) {
      List<ConsumerRecord<K, V>> records = polled.records(partition);
      int end = at + records.size();
      handOver(partition, records, decisions.subList(at, end), asked.subList(at, end), result);
      at = end;
    }
    return result.toRecords();
  }

  private void handOver(
      TopicPartition partition,
      List<ConsumerRecord<K, V>> records,
      List<Decision> decisions,
      List<CompletionStage<Decision>> asked,
      PolledRecords<K, V> result) {
    for (int i = 0; i < records.size(); i++) {
      ConsumerRecord<K, V> record = records.get(i);
      Decision decision = decisions.get(i);
      if (decision instanceof Hold hold) {
        hold(partition, record, hold, result);
        keepForLater(partition, records, asked, i);
        return;
      }
      if (!(decision instanceof Skip)) {
        claims.add(partition, record.offset(), asked.get(i));
        result.keep(partition, record);
      }
    }
    claims.positionAt(partition, records.get(records.size() - 1).offset() + 1);
  }

  private void hold(
      TopicPartition partition,
      ConsumerRecord<K, V> record,
      Hold hold,
      PolledRecords<K, V> result) {
    held.hold(partition, record, hold.retryAfter());
    claims.positionAt(partition, record.offset());
    result.holdAt(partition, record);
  }

  /**
   * What is claimed behind a held record stays claimed: it is polled again, recognised as our own,
   * and costs no second call.
   */
  private void keepForLater(
      TopicPartition partition,
      List<ConsumerRecord<K, V>> records,
      List<CompletionStage<Decision>> asked,
      int heldAt) {
    for (int i = heldAt; i < records.size(); i++) {
      claims.add(partition, records.get(i).offset(), asked.get(i));
    }
  }

  private void undo(
      ConsumerRecords<K, V> polled, List<CompletionStage<Decision>> asked, Throwable cause) {
    Map<TopicPartition, ConsumerRecord<K, V>> first = new LinkedHashMap<>();
    Iterator<CompletionStage<Decision>> stages = asked.iterator();
    for (TopicPartition partition : polled.partitions()) {
      List<ConsumerRecord<K, V>> records = polled.records(partition);
      first.put(partition, records.get(0));
      claims.positionAt(partition, records.get(0).offset());
      for (ConsumerRecord<K, V> record : records) {
        if (stages.hasNext()) {
          takeBack(partition, record, stages.next());
        }
      }
    }
    try {
      SeekBack.to(consumer, first);
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  /**
   * What is still undecided may be asked for again before it is: it must not be given back then.
   */
  private void takeBack(
      TopicPartition partition, ConsumerRecord<K, V> record, CompletionStage<Decision> asked) {
    if (asked.toCompletableFuture().isDone()) {
      settlements.settle(asked, Outcome.FAILED);
    } else {
      claims.add(partition, record.offset(), asked);
    }
  }
}
