package tech.onceonly;

import org.jspecify.annotations.Nullable;

/**
 * One attempt to hand over a record (Kafka) or message (JMS), in words that know no broker.
 *
 * <p>Adapters make it; key sources read it. It is read by one thread at a time and need not be
 * thread-safe. No method may change the message.
 */
public interface Delivery {

  /** The topic, or the destination as configured. */
  String destination();

  /**
   * Names this record or message among all of its destination's, the same at each redelivery: for
   * Kafka cluster, partition, offset and timestamp; for JMS the message id. Null where the broker
   * gives none.
   */
  @Nullable String position();

  /**
   * What tells it apart from all others of its destination, by {@code equals}: the same at each
   * redelivery, as {@link #position()}, which may take longer to make. It is kept as long as a
   * claim, and must not hold on to the message. Null where the broker gives none.
   */
  default @Nullable Object identity() {
    return position();
  }

  /**
   * What it was received in and will be committed with: for JMS its session. What comes again in
   * another one may have been taken from a listener that is still at work. Null: all that its guard
   * sees is received in one.
   */
  default @Nullable Object session() {
    return null;
  }

  /** The last header (Kafka) or property (JMS) of this name; null where there is none. */
  byte @Nullable [] header(String name);

  /** Kafka's record key, as deserialized; null where there is none. */
  default @Nullable Object recordKey() {
    return null;
  }

  /** The payload, as deserialized. */
  default @Nullable Object value() {
    return null;
  }

  /**
   * Where this came from before it went through retry or dead-letter destinations; itself where it
   * did not. Lease mode makes keys of the origin: in check-lock mode, where a claim can't be given
   * back, each hop has a key of its own.
   */
  default Delivery origin() {
    return this;
  }
}
