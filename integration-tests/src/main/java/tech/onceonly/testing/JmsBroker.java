package tech.onceonly.testing;

import jakarta.jms.ConnectionFactory;

/**
 * One running broker of Jakarta Messaging in a JVM of its own, for tests and the demo.
 *
 * <p>Promises: what it has acknowledged survives {@link #kill} and {@link #restart}; the address
 * stays the same; nothing is left behind after {@link #close} or the orderly end of this JVM.
 * Queues are made when they are first used, and stay.
 *
 * <p>Not safe for use by several threads at once, except {@link #connectionFactory} and {@link
 * #queues}.
 */
public interface JmsBroker extends AutoCloseable {

  /** Starts one and returns when it serves. */
  static JmsBroker start(JmsBrokerOptions options) {
    return ForkedJmsBroker.start(options);
  }

  JmsBrokerKind kind();

  /** For clients on this machine; the same for the broker's whole life. */
  String url();

  /** As {@link JmsBrokerKind#connectionFactory} for this one. */
  default ConnectionFactory connectionFactory() {
    return kind().connectionFactory(url());
  }

  /** Its queues, for who sends and counts. */
  JmsQueues queues();

  /** Ends the broker as {@code kill -9} does. Does nothing where it is down already. */
  void kill();

  /** Starts the broker again on its journal. Kills it first where it still runs. */
  void restart();

  boolean isRunning();

  /** Ends the broker and deletes its data. Does nothing the second time. */
  @Override
  void close();
}
