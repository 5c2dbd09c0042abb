package tech.onceonly.kafka.spring;

import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.springframework.kafka.listener.KafkaBackoffException;

/**
 * A record must not be processed now: its key is in progress elsewhere, the claim service throttles
 * or refuses, or cannot be asked and fail-open is off. The record has not run, is not acknowledged,
 * and comes again.
 *
 * <p>User code meets it in a record interceptor's {@code failure} and in observations alone; error
 * handlers, recoverers and dead-letter topics never see it. It is a {@link KafkaBackoffException}
 * because the error handler of a retry topic, which cannot be replaced, knows that one and neither
 * recovers the record nor counts an attempt. The cause is there where the service refused.
 */
public final class HeldException extends KafkaBackoffException {

  private static final long serialVersionUID = 1L;

  private final @Nullable Throwable cause;

  HeldException(
      String message,
      TopicPartition partition,
      String listenerId,
      long dueEpochMillis,
      @Nullable Throwable cause) {
    super(message, partition, listenerId, dueEpochMillis);
    this.cause = cause;
  }

  /** The framework's own is set to none at the start, and can't be set again. */
  @Override
  public synchronized @Nullable Throwable getCause() {
    return cause;
  }

  /** No fault, and the container logs it with its trace where a transaction is rolled back. */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }

  /** The one among this failure's causes, or null where something else has failed. */
  static @Nullable HeldException in(@Nullable Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < 100; depth++) {
      if (cause instanceof HeldException held) {
        return held;
      }
      cause = cause.getCause();
    }
    return null;
  }
}
