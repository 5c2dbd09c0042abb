package tech.onceonly.kafka.spring;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.listener.AbstractMessageListenerContainer;
import org.springframework.kafka.listener.CommonErrorHandler;
import org.springframework.kafka.listener.adapter.KafkaBackoffAwareMessageListenerAdapter;

/**
 * Makes a container wait before, or stop at, a record that must not be processed now.
 *
 * <p>The partition is paused and resumed when due; the exception that is made here, thrown by the
 * listener, makes the error handler take the partitions back to what was not processed.
 * Thread-safe: a container's consumers share it.
 */
final class ContainerHold {

  private static final Logger LOG = LoggerFactory.getLogger(ContainerHold.class);

  private final AbstractMessageListenerContainer<?, ?> container;
  private final ScheduledExecutorService timer;
  private final InstantSource clock;
  private final OnRefusal onRefusal;
  private final Duration refusalRetry;

  /** Whether the consumer of this thread has just thrown what was made here. */
  private final ThreadLocal<Boolean> holding = ThreadLocal.withInitial(() -> false);

  /** The last pause of each partition: an earlier one's end must not end it. */
  private final Map<TopicPartition, Object> pauses = new ConcurrentHashMap<>();

  private volatile @Nullable RuntimeException refusal;

  ContainerHold(
      AbstractMessageListenerContainer<?, ?> container,
      ScheduledExecutorService timer,
      InstantSource clock,
      OnRefusal onRefusal,
      Duration refusalRetry) {
    this.container = container;
    this.timer = timer;
    this.clock = clock;
    this.onRefusal = onRefusal;
    this.refusalRetry = refusalRetry;
  }

  String listenerId() {
    String id = container.getListenerId();
    return id == null ? "" : id;
  }

  /** Why the service refuses this container at present; null where it does not. */
  @Nullable RuntimeException refusal() {
    return refusal;
  }

  /** The service has answered a claim: a refusal is over. */
  void answered() {
    if (refusal != null) {
      refusal = null;
      LOG.info("listener {}: the claim service no longer refuses", listenerId());
    }
  }

  /** The partition waits for so long; the exception is the listener's to throw. */
  HeldException hold(ConsumerRecord<?, ?> record, Duration wait) {
    return pause(record, wait, "is held for " + wait.toMillis() + " ms", null);
  }

  /** The container stops, or the partition waits; the exception is the listener's to throw. */
  HeldException refuse(ConsumerRecord<?, ?> record, RuntimeException cause) {
    boolean first = refusal == null;
    refusal = cause;
    if (onRefusal == OnRefusal.PAUSE) {
      if (first) {
        LOG.error(
            "listener {}: the claim service refuses ({}); nothing is processed, and it is asked"
                + " again every {} ms",
            listenerId(),
            cause.getMessage(),
            refusalRetry.toMillis());
      }
      return pause(record, refusalRetry, "is refused: " + cause.getMessage(), cause);
    }
    LOG.error(
        "listener {} stops: the claim service refuses ({}). Nothing was processed or committed"
            + " past; mend the cause and start the container again",
        listenerId(),
        cause.getMessage());
    // Not on the consumer's thread: whoever stops the container holds its lock, and waits for it.
    onTimer(Duration.ZERO, () -> container.stopAbnormally(() -> {}));
    return exception(record, Duration.ZERO, "is refused: " + cause.getMessage(), cause);
  }

  /**
   * Whether this thread's consumer is about to have a held record handled; then it no longer is.
   */
  boolean isHolding() {
    return holding.get();
  }

  void handled() {
    holding.remove();
  }

  private HeldException pause(
      ConsumerRecord<?, ?> record, Duration wait, String what, @Nullable Throwable cause) {
    TopicPartition partition = new TopicPartition(record.topic(), record.partition());
    // Who stops the container holds its lock, and waits for this thread: nothing is polled then.
    if (container.isRunning()) {
      Object thisPause = new Object();
      pauses.put(partition, thisPause);
      container.pausePartition(partition);
      onTimer(
          wait,
          () -> {
            if (pauses.remove(partition, thisPause)) {
              container.resumePartition(partition);
            }
          });
    }
    return exception(record, wait, what, cause);
  }

  /** Whatever the timer says, the record is not processed: who throws else has it recovered. */
  private void onTimer(Duration wait, Runnable task) {
    try {
      ScheduledFuture<?> unused = timer.schedule(task, wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.warn(
          "listener {} still runs after OnceOnlySpringKafka was closed, and processes nothing:"
              + " stop containers first",
          listenerId());
    }
  }

  private HeldException exception(
      ConsumerRecord<?, ?> record, Duration wait, String what, @Nullable Throwable cause) {
    if (!isHandledHere()) {
      throw new ErrorHandlingReplacedError(listenerId(), cause);
    }
    holding.set(true);
    TopicPartition partition = new TopicPartition(record.topic(), record.partition());
    return new HeldException(
        partition + " at " + record.offset() + " " + what,
        partition,
        listenerId(),
        clock.instant().plus(wait).toEpochMilli(),
        cause);
  }

  /** Whether who handles the exception takes it for what it is, and does not recover the record. */
  private boolean isHandledHere() {
    CommonErrorHandler errorHandler = container.getCommonErrorHandler();
    boolean decorated =
        errorHandler == null
            ? container.getAfterRollbackProcessor() instanceof HoldingAfterRollbackProcessor
            : errorHandler instanceof HoldingErrorHandler;
    return decorated
        || container.getContainerProperties().getMessageListener()
            instanceof KafkaBackoffAwareMessageListenerAdapter;
  }

  /**
   * Stops the container at once: an error reaches no error handler, and nothing more is committed.
   */
  private static final class ErrorHandlingReplacedError extends Error {

    private static final long serialVersionUID = 1L;

    ErrorHandlingReplacedError(String listenerId, @Nullable Throwable cause) {
      super(
          "listener "
              + listenerId
              + " has a record that must wait, and its error handler was set after the listener was"
              + " protected: it would recover the record, and lose it. Set the error handler on the"
              + " container factory, or before OnceOnlySpringKafka.protect(container)",
          cause);
    }
  }
}
