package tech.onceonly.it;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import tech.onceonly.kafka.OnceOnlyKafka;
import tech.onceonly.kafka.RefusedException;

/**
 * The consumer that people write: poll, work, commit. Where a listener fails it goes back to the
 * first record of each partition that is not done, as an error handler does; a refusal it meets by
 * polling on.
 */
final class ConsumerLoop extends ConsumerThread {

  /** A listener's failure that another attempt may mend. */
  static final class ListenerFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  final AtomicInteger refusals = new AtomicInteger();
  final ConcurrentHashMap<String, Integer> effects = new ConcurrentHashMap<>();

  private final Consumer<ConsumerRecord<String, String>> work;

  ConsumerLoop(LoopSettings settings, Consumer<ConsumerRecord<String, String>> work) {
    super(settings, settings.consumer(), "consumer-" + settings.group());
    this.work = work;
  }

  static ConsumerLoop start(LoopSettings settings, Consumer<ConsumerRecord<String, String>> work) {
    ConsumerLoop loop = new ConsumerLoop(settings, work);
    loop.start();
    return loop;
  }

  int count() {
    assertNoFault();
    return effects.values().stream().mapToInt(Integer::intValue).sum();
  }

  @Override
  void runHandler(OnceOnlyKafka<String, String> onceOnly) {
    kafka.subscribe(List.of(settings.topic()));
    while (running) {
      try {
        onceOnly.forEach(kafka.poll(POLL), (each, context) -> apply(each));
      } catch (RefusedException e) {
        refusals.incrementAndGet();
      } catch (ListenerFailure e) {
        // The handler has gone back by itself.
      }
      kafka.commitSync();
    }
  }

  @Override
  void runConsumer(org.apache.kafka.clients.consumer.Consumer<String, String> consumer) {
    consumer.subscribe(List.of(settings.topic()));
    while (running) {
      try {
        workOff(consumer, consumer.poll(POLL));
      } catch (RefusedException e) {
        refusals.incrementAndGet();
      }
      consumer.commitSync();
    }
  }

  private void workOff(
      org.apache.kafka.clients.consumer.Consumer<String, String> consumer,
      ConsumerRecords<String, String> records) {
    Map<TopicPartition, Long> next = new HashMap<>();
    for (TopicPartition partition : records.partitions()) {
      next.put(partition, records.records(partition).get(0).offset());
    }
    try {
      for (ConsumerRecord<String, String> each : records) {
        apply(each);
        next.put(new TopicPartition(each.topic(), each.partition()), each.offset() + 1);
      }
    } catch (ListenerFailure e) {
      next.forEach(consumer::seek);
    }
  }

  private void apply(ConsumerRecord<String, String> each) {
    work.accept(each);
    effects.merge(each.value(), 1, Integer::sum);
  }
}
