package tech.onceonly.it;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import tech.onceonly.GuardCounters;
import tech.onceonly.kafka.OnceOnlyKafka;

/** A thread with a consumer, through a hook, until it is closed or has a fault. */
abstract class ConsumerThread implements AutoCloseable {

  static final Duration POLL = Duration.ofMillis(100);

  final GuardCounters counters = new GuardCounters();
  final LoopSettings settings;
  final KafkaConsumer<String, String> kafka;
  volatile boolean running = true;

  private final Thread thread;
  private volatile Throwable fault;

  ConsumerThread(LoopSettings settings, Map<String, Object> properties, String name) {
    this.settings = settings;
    kafka = new KafkaConsumer<>(properties);
    thread = new Thread(this::run, name);
  }

  void start() {
    thread.start();
  }

  /** Runs a handler over what is polled, until it is no longer running. */
  abstract void runHandler(OnceOnlyKafka<String, String> onceOnly);

  /** Polls and commits, until it is no longer running; the consumer may be a wrapped one. */
  abstract void runConsumer(Consumer<String, String> consumer);

  boolean isRunning() {
    assertNoFault();
    return thread.isAlive();
  }

  final void assertNoFault() {
    if (fault != null) {
      throw new AssertionError("the consumer has ended", fault);
    }
  }

  /** On the thread that calls it, where none was started. */
  final void run() {
    try {
      if (settings.hook().isForEach()) {
        runHandler();
      } else {
        runHooked();
      }
    } catch (WakeupException e) {
      if (running) {
        fault = e;
      }
    } catch (Throwable e) {
      fault = e;
    }
  }

  private void runHandler() {
    try (kafka;
        OnceOnlyKafka<String, String> onceOnly =
            OnceOnlyKafka.on(kafka, settings.options(counters))) {
      runHandler(onceOnly);
    }
  }

  private void runHooked() {
    try (Consumer<String, String> consumer =
        settings.hook().isWrap() ? OnceOnlyKafka.wrap(kafka, settings.options(counters)) : kafka) {
      runConsumer(consumer);
    }
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
    if (isRunning()) {
      throw new AssertionError("the consumer does not end");
    }
  }
}
