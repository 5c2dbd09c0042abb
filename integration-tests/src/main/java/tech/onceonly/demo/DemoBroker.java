package tech.onceonly.demo;

import java.util.List;

/** Where the demo's payments wait: topics or queues of a real broker. */
interface DemoBroker extends AutoCloseable {

  /** Sends a message for each, under its payment's idempotency key. Payments may come twice. */
  void send(String destination, List<String> payments);

  /** Whether the consumer has acknowledged all that was sent. */
  boolean isConsumed(String destination);

  void delete(String destination);

  /** Of the process that is killed. Its first two arguments are the address and the destination. */
  Class<?> consumer();

  /** For the consumer. */
  String address();

  @Override
  void close();
}
