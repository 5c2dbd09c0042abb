package tech.onceonly.server;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.server.store.ClaimStore;
import tech.onceonly.server.store.StoreUnavailableException;

/** The calls that change a key, alone or in a batch. One an event loop. */
final class KeyCalls {
  private static final Logger LOG = LoggerFactory.getLogger(KeyCalls.class);

  private final CheckLockCalls checkLocks;
  private final LeaseCalls leases;
  private final ErrorAnswers errors;

  KeyCalls(CheckLockCalls checkLocks, LeaseCalls leases, ErrorAnswers errors) {
    this.checkLocks = checkLocks;
    this.leases = leases;
    this.errors = errors;
  }

  /**
   * Answers one.
   *
   * @param store the tenant's, or what collects the calls of a batch to it
   */
  Future<?> answer(ClaimStore store, Exchange exchange, Route route, RequestBody body) {
    if (!body.errors().isEmpty()) {
      errors.invalid(exchange, body.errors());
      return Future.succeededFuture();
    }
    if (route.claims() && isTooOften(exchange)) {
      return Future.succeededFuture();
    }
    return switch (route) {
      case CHECK_LOCK -> checkLocks.checkLock(store, exchange, body);
      case RELEASE -> checkLocks.release(store, exchange, body);
      case LEASE -> leases.lease(store, exchange, body);
      case EXTEND -> leases.extend(store, exchange, body);
      case COMPLETE -> leases.complete(store, exchange, body);
      case FAIL -> leases.fail(store, exchange, body);
      case CANCEL -> leases.cancel(store, exchange, body);
      case BATCH,
          KEYS,
          KEY,
          STATUS,
          RESULT,
          ME,
          USAGE,
          USAGE_ALL,
          EVENTS,
          STATS,
          METRICS,
          HEALTH,
          HEALTH_AT_ROOT,
          LIVE,
          READY,
          PROMETHEUS,
          OPENAPI,
          CONSOLE,
          CONSOLE_FILE ->
          throw new IllegalStateException(route + " has no such body");
    };
  }

  /** Counts a call of its tenant's; where it is one too many, it has been answered so. */
  boolean isTooOften(Exchange exchange) {
    Duration wait = exchange.tenant().rate().take();
    if (wait != null) {
      errors.rateLimited(exchange, wait);
    }
    return wait != null;
  }

  /** Whatever goes wrong, the caller gets an answer and the log the cause. */
  void guarded(Exchange exchange, Supplier<Future<?>> call) {
    try {
      call.get().onFailure(cause -> answerFault(exchange, cause));
    } catch (RuntimeException e) {
      answerFault(exchange, e);
    }
  }

  private void answerFault(Exchange exchange, Throwable cause) {
    if (cause instanceof StoreUnavailableException) {
      // The store has told its cause once: not again for every request.
      errors.storeUnavailable(exchange, String.valueOf(cause.getMessage()));
      return;
    }
    LOG.error("Request {} failed", exchange.requestId(), cause);
    errors.internal(exchange);
  }
}
