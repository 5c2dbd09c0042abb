package tech.onceonly.testing;

/**
 * How a {@link JmsBroker} is started.
 *
 * @param attempts how often a message is delivered before it is given up; 0 for what the broker
 *     ships with, with its delays, and without a dead-letter queue where it ships with none.
 *     Otherwise attempts follow one another at once, and each queue has a dead-letter queue of its
 *     own
 * @param fullSpeed whether its JVM compiles fully: slower to start, faster to run
 */
public record JmsBrokerOptions(JmsBrokerKind kind, int attempts, boolean fullSpeed) {

  /** One that starts soon rather than runs fast. */
  public JmsBrokerOptions(JmsBrokerKind kind, int attempts) {
    this(kind, attempts, false);
  }

  /** As the broker is when nobody has set anything. */
  public static JmsBrokerOptions asShipped(JmsBrokerKind kind) {
    return new JmsBrokerOptions(kind, 0);
  }

  /** Checks. */
  public JmsBrokerOptions {
    if (attempts < 0) {
      throw new IllegalArgumentException("attempts must not be negative, was " + attempts);
    }
  }

  boolean isAsShipped() {
    return attempts == 0;
  }
}
