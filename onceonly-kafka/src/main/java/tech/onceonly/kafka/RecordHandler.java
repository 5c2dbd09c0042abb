package tech.onceonly.kafka;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import tech.onceonly.ClaimContext;

/**
 * The user's code, run for each record that is to be processed.
 *
 * @param <E> what it may throw; it comes out of {@link OnceOnlyKafka#forEach} untouched
 */
@FunctionalInterface
public interface RecordHandler<K, V, E extends Exception> {

  /** Returns when the effect has happened; throws when it has not, or not for sure. */
  void handle(ConsumerRecord<K, V> record, ClaimContext context) throws E;
}
