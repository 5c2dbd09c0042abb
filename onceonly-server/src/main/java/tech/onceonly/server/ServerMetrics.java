package tech.onceonly.server;

import org.jspecify.annotations.Nullable;
import tech.onceonly.server.store.Capacity;
import tech.onceonly.server.store.ClaimStore;

/** What an operator watches. Thread-safe; never throws. */
interface ServerMetrics extends AutoCloseable {

  /** Counts nothing. */
  ServerMetrics NONE = new ServerMetrics() {};

  /**
   * An operation was decided: a claim, or what became of one.
   *
   * @param call {@code check-lock}, {@code lease} or {@code settle}
   * @param outcome the wire's word
   */
  default void decided(String tenant, String call, String outcome) {}

  /** There is such a tenant: what an alert watches of it is told from now on, with 0 at first. */
  default void expect(String tenant) {}

  /**
   * A key was asked for with another fingerprint than it was claimed with: two effects of one key.
   *
   * @param call {@code check-lock} or {@code lease}
   */
  default void mismatched(String tenant, String call) {}

  /** A request was answered, so long after it had been read. */
  default void answered(Route route, int status, long nanos) {}

  /** Tells these numbers whenever it is asked. */
  default void watch(ClaimStore store, Capacity connections) {}

  /** All of it in Prometheus' text format; null where nothing is counted. */
  default @Nullable String page() {
    return null;
  }

  @Override
  default void close() {}

  /** Counting, where Micrometer's Prometheus registry is on the class path; else none. */
  static ServerMetrics start() {
    try {
      return new PrometheusMetrics();
    } catch (NoClassDefFoundError e) {
      return NONE;
    }
  }
}
