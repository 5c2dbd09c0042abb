package tech.onceonly.it;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import tech.onceonly.GuardCounters;
import tech.onceonly.kafka.OnceOnlyKafka;
import tech.onceonly.kafka.RefusedException;

/**
 * The consumer that people write: poll, work, commit. Where a listener fails it goes back to the
 * first record of each partition that is not done, as an error handler does; a refusal it meets by
 * polling on.
 */
final class ConsumerLoop implements Runnable, AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(100);

  /** A listener's failure that another attempt may mend. */
  static final class ListenerFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  final AtomicInteger refusals = new AtomicInteger();
  final GuardCounters counters = new GuardCounters();
  final ConcurrentHashMap<String, Integer> effects = new ConcurrentHashMap<>();

  private final LoopSettings settings;
  private final Consumer<ConsumerRecord<String, String>> work;
  private final KafkaConsumer<String, String> kafka;
  private final Thread thread;
  private volatile boolean running = true;
  private volatile Throwable fault;

  ConsumerLoop(LoopSettings settings, Consumer<ConsumerRecord<String, String>> work) {
    this.settings = settings;
    this.work = work;
    kafka = new KafkaConsumer<>(settings.consumer());
    thread = new Thread(this, "consumer-" + settings.group());
  }

  static ConsumerLoop start(LoopSettings settings, Consumer<ConsumerRecord<String, String>> work) {
    ConsumerLoop loop = new ConsumerLoop(settings, work);
    loop.thread.start();
    return loop;
  }

  int count() {
    if (fault != null) {
      throw new AssertionError("the consumer has ended", fault);
    }
    return effects.values().stream().mapToInt(Integer::intValue).sum();
  }

  @Override
  public void run() {
    try {
      if (settings.hook().isForEach()) {
        runForEach();
      } else if (settings.hook().isWrap()) {
        runPlain(OnceOnlyKafka.wrap(kafka, settings.options(counters)));
      } else {
        runPlain(kafka);
      }
    } catch (WakeupException e) {
      if (running) {
        fault = e;
      }
    } catch (Throwable e) {
      fault = e;
    }
  }

  private void runForEach() {
    try (kafka;
        OnceOnlyKafka<String, String> onceOnly =
            OnceOnlyKafka.on(kafka, settings.options(counters))) {
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
  }

  private void runPlain(org.apache.kafka.clients.consumer.Consumer<String, String> consumer) {
    try (consumer) {
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

  @Override
  public void close() {
    running = false;
    kafka.wakeup();
    try {
      thread.join(Duration.ofSeconds(30).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      throw new AssertionError("the consumer does not end");
    }
    if (fault != null) {
      throw new AssertionError("the consumer failed", fault);
    }
  }
}
