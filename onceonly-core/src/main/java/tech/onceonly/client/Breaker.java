package tech.onceonly.client;

import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerOptions;
import io.vertx.circuitbreaker.CircuitBreakerState;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops asking an API that does not answer. Calls are only counted here, not wrapped: while the
 * circuit is open they are answered without a thread's hand-over. The trial that closes it is a
 * call of its own, so that no record's claim is put at stake.
 */
final class Breaker {

  private static final Logger LOG = LoggerFactory.getLogger(Breaker.class);

  /** Longer than five sequential timeouts of a minute: failures are not forgotten by time. */
  private static final long WINDOW_MILLIS = 3_600_000;

  private final @Nullable CircuitBreaker circuit;
  private volatile boolean open;
  // What follows is used on the event loop alone.
  private boolean failedSinceSuccess;
  private int epoch;

  Breaker(Vertx vertx, BreakerOptions options, Supplier<Future<Boolean>> probe, Runnable onOpen) {
    circuit = options.failures() == 0 ? null : circuit(vertx, options);
    if (circuit != null) {
      CircuitBreaker made = circuit;
      made.openHandler(
          v -> {
            if (!open) {
              LOG.debug("circuit opened after {} failures", options.failures());
              open = true;
              onOpen.run();
            }
          });
      made.halfOpenHandler(v -> made.execute(probe));
      made.closeHandler(
          v -> {
            LOG.debug("circuit closed");
            open = false;
            failedSinceSuccess = false;
            epoch++;
          });
    }
  }

  boolean isOpen() {
    return open;
  }

  /** Marks what a call started under: failures of an earlier time do not open a closed circuit. */
  int epoch() {
    return epoch;
  }

  void succeeded() {
    if (failedSinceSuccess && circuit != null && circuit.state() == CircuitBreakerState.CLOSED) {
      failedSinceSuccess = false;
      circuit.reset();
    }
  }

  void failed(int startedIn, OnceOnlyException failure) {
    if (circuit != null && startedIn == epoch && circuit.state() == CircuitBreakerState.CLOSED) {
      failedSinceSuccess = true;
      circuit.execute(() -> Future.failedFuture(failure));
    }
  }

  private static CircuitBreaker circuit(Vertx vertx, BreakerOptions options) {
    return CircuitBreaker.create(
        "onceonly",
        vertx,
        new CircuitBreakerOptions()
            .setMaxFailures(options.failures())
            .setMaxRetries(0)
            // Every call is bounded by itself.
            .setTimeout(-1)
            .setResetTimeout(Math.max(1, options.resetAfter().toMillis()))
            .setFailuresRollingWindow(WINDOW_MILLIS));
  }
}
