package tech.onceonly.it;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import tech.onceonly.kafka.OnceOnlyKafka;

/**
 * A member of a group whose script says at each record what it does. Where its hook allows it, it
 * is a member that keeps what it has polled and polls on while it works: it commits what it has
 * done when partitions are revoked, and drops the rest of them.
 */
final class GroupMember extends ConsumerThread {

  /** What is done with a record, before anything else is. */
  enum Step {
    /** Its effect. */
    RUN,
    /** Its effect; then it polls, with the rest of the batch in hand, until partitions go. */
    RUN_AND_POLL_ON,
    /** Neither this nor what was polled with it has an effect; nothing is committed. */
    DROP,
    /** No effect: what was done before it is committed, and the consumer closed. */
    CLOSE
  }

  final Set<String> droppedAtRevocation = ConcurrentHashMap.newKeySet();

  /** What had its effect and was not committed when a partition went. */
  final Set<String> uncommittedWhenTaken = ConcurrentHashMap.newKeySet();

  private final Map<String, Integer> effects;
  private final Function<String, Step> script;
  private final Deque<ConsumerRecord<String, String>> buffer = new ArrayDeque<>();
  private final Map<TopicPartition, OffsetAndMetadata> processed = new HashMap<>();
  private final Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
  private final Set<String> sinceCommit = new HashSet<>();
  private boolean pollsOn;

  private GroupMember(
      LoopSettings settings,
      Map<String, Object> properties,
      Map<String, Integer> effects,
      Function<String, Step> script) {
    super(
        settings,
        properties,
        settings.group() + "-" + properties.get(ConsumerConfig.CLIENT_ID_CONFIG));
    this.effects = effects;
    this.script = script;
  }

  static GroupMember start(
      LoopSettings settings,
      Map<String, Object> more,
      Map<String, Integer> effects,
      Function<String, Step> script) {
    Map<String, Object> properties = settings.consumer();
    properties.putAll(more);
    GroupMember member = new GroupMember(settings, properties, effects, script);
    member.start();
    return member;
  }

  @Override
  void runHandler(OnceOnlyKafka<String, String> onceOnly) {
    kafka.subscribe(List.of(settings.topic()));
    while (running) {
      try {
        onceOnly.forEach(kafka.poll(POLL), (each, context) -> handle(each));
        kafka.commitSync();
      } catch (ScriptException e) {
        if (e.step == Step.CLOSE) {
          kafka.commitSync();
          running = false;
        }
      } catch (CommitFailedException | RebalanceInProgressException e) {
        // The partitions are another's by now, or will be at the next poll.
      }
    }
  }

  private void handle(ConsumerRecord<String, String> each) {
    Step step = script.apply(each.value());
    if (step == Step.DROP || step == Step.CLOSE) {
      throw new ScriptException(step);
    }
    effects.merge(each.value(), 1, Integer::sum);
  }

  @Override
  void runConsumer(Consumer<String, String> consumer) {
    consumer.subscribe(List.of(settings.topic()), new CommittingListener(consumer));
    while (running) {
      try {
        ConsumerRecords<String, String> polled = consumer.poll(POLL);
        next.putAll(polled.nextOffsets());
        polled.forEach(buffer::add);
        if (!pollsOn && workOff()) {
          commit(consumer);
        }
      } catch (CommitFailedException | RebalanceInProgressException e) {
        // The partitions are another's by now, or will be at the next poll.
      }
    }
  }

  /** Whether what was done is to be committed. */
  private boolean workOff() {
    for (ConsumerRecord<String, String> each = buffer.peek(); each != null; each = buffer.peek()) {
      Step step = script.apply(each.value());
      if (step == Step.DROP) {
        buffer.clear();
        processed.clear();
        next.clear();
        return false;
      }
      if (step == Step.CLOSE) {
        running = false;
        return true;
      }
      effects.merge(each.value(), 1, Integer::sum);
      sinceCommit.add(each.value());
      buffer.remove();
      processed.put(partitionOf(each), new OffsetAndMetadata(each.offset() + 1));
      if (step == Step.RUN_AND_POLL_ON) {
        pollsOn = true;
        return false;
      }
    }
    return true;
  }

  /**
   * By offsets, past what was skipped, and never by position: with group.protocol=consumer the
   * positions of a revoked partition are committed a while after its revocation still.
   */
  private void commit(Consumer<String, String> consumer) {
    Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>(next);
    for (ConsumerRecord<String, String> each : buffer) {
      done.remove(partitionOf(each));
    }
    processed.forEach(done::putIfAbsent);
    if (!done.isEmpty()) {
      consumer.commitSync(done);
      next.keySet().removeAll(done.keySet());
      processed.clear();
      sinceCommit.clear();
    }
  }

  private static TopicPartition partitionOf(ConsumerRecord<?, ?> each) {
    return new TopicPartition(each.topic(), each.partition());
  }

  /** On the polling thread, within a poll. */
  private final class CommittingListener implements ConsumerRebalanceListener {

    private final Consumer<String, String> consumer;

    CommittingListener(Consumer<String, String> consumer) {
      this.consumer = consumer;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>(processed);
      done.keySet().retainAll(partitions);
      if (!done.isEmpty()) {
        consumer.commitSync(done);
        if (done.keySet().containsAll(processed.keySet())) {
          sinceCommit.clear();
        }
      }
      drop(partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      drop(partitions);
    }

    private void drop(Collection<TopicPartition> partitions) {
      uncommittedWhenTaken.addAll(sinceCommit);
      processed.keySet().removeAll(partitions);
      next.keySet().removeAll(partitions);
      buffer.removeIf(
          each -> {
            boolean gone = partitions.contains(new TopicPartition(each.topic(), each.partition()));
            if (gone) {
              droppedAtRevocation.add(each.value());
            }
            return gone;
          });
      pollsOn = false;
    }
  }

  private static final class ScriptException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    final Step step;

    ScriptException(Step step) {
      this.step = step;
    }
  }
}
