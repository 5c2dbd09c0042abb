package tech.onceonly.testing;

/**
 * One running Kafka broker for tests, the demo and the benchmarks.
 *
 * <p>Two forms, one behaviour: a container where a Docker engine answers, else a broker in a JVM of
 * its own on this machine. The system property {@value BrokerChoice#FORM_PROPERTY} ({@code auto},
 * {@code containers} or {@code embedded}; default {@code auto}) forces one, and {@value
 * BrokerChoice#IMAGE_PROPERTY} names the container's image.
 *
 * <p>Promises: topics and acknowledged records survive {@link #kill} and {@link #restart}; the
 * address stays the same; nothing is left behind after {@link #close} or the orderly end of this
 * JVM, and no process after its death by {@code kill -9} (its data then stays in the temporary
 * directory). Topics are not created by themselves. It does not promise to survive a power failure:
 * what the operating system holds is not flushed.
 *
 * <p>Not safe for use by several threads at once, except {@link #bootstrapServers}.
 */
public interface KafkaBroker extends AutoCloseable {

  /** Starts a broker in the form that the system properties ask for, ready to serve. */
  static KafkaBroker start() {
    return start(BrokerOptions.DEFAULT);
  }

  /** Starts a broker in the form that the system properties ask for, ready to serve. */
  static KafkaBroker start(BrokerOptions options) {
    return BrokerChoice.fromSystemProperties().start(options);
  }

  /** Starts a broker in a JVM of its own, whatever the system properties say. */
  static KafkaBroker startEmbedded(BrokerOptions options) {
    return ForkedBroker.start(options);
  }

  /** Host and port for clients on this machine; the same for the broker's whole life. */
  String bootstrapServers();

  /** Ends the broker as {@code kill -9} does. Does nothing where it is down already. */
  void kill();

  /**
   * Starts the broker again on the same data and the same ports, and returns when it serves. Kills
   * it first where it still runs.
   */
  void restart();

  /** Whether the broker's process runs. */
  boolean isRunning();

  /** The form and the address, for people. */
  String describe();

  /** Ends the broker and deletes its data. Does nothing the second time. */
  @Override
  void close();
}
