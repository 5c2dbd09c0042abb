package tech.onceonly.kafka.spring;

import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.kafka.listener.BatchListenerFailedException;

/** Where in its batch a listener says it has failed. */
final class BatchFailure {

  private BatchFailure() {}

  /**
   * The index of the record that failed; those before it have succeeded.
   *
   * @param records as the listener was given them
   * @return -1 where it does not say
   */
  static int indexIn(List<? extends ConsumerRecord<?, ?>> records, Throwable thrown) {
    Throwable cause = thrown;
    for (int depth = 0; cause != null && depth < 100; depth++) {
      if (cause instanceof BatchListenerFailedException failure) {
        ConsumerRecord<?, ?> record = failure.getRecord();
        int index = record == null ? failure.getIndex() : indexOf(records, record);
        return index < records.size() ? index : -1;
      }
      cause = cause.getCause();
    }
    return -1;
  }

  private static int indexOf(
      List<? extends ConsumerRecord<?, ?>> records, ConsumerRecord<?, ?> wanted) {
    for (int i = 0; i < records.size(); i++) {
      ConsumerRecord<?, ?> each = records.get(i);
      if (each.offset() == wanted.offset()
          && each.partition() == wanted.partition()
          && each.topic().equals(wanted.topic())) {
        return i;
      }
    }
    return -1;
  }
}
