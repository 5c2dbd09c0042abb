package tech.onceonly.server;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.server.store.ClaimStore;

/**
 * Takes each request through the same steps: path, method, API key, body, the call itself. One an
 * event loop, never shared.
 */
final class RequestHandler {
  private static final Logger LOG = LoggerFactory.getLogger(RequestHandler.class);

  private final RequestIds requestIds;
  private final Auth auth;
  private final RequestReader reader;
  private final ErrorAnswers errors;
  private final CheckLockCalls checkLocks;
  private final LeaseCalls leases;
  private final AccountCalls account;

  RequestHandler(
      ServerOptions options,
      ClaimStore store,
      Ledger ledger,
      RequestReader reader,
      Supplier<String> newId) {
    JsonWriter json = new JsonWriter();
    this.requestIds = new RequestIds(newId);
    this.auth = new Auth(options.apiKeys());
    this.reader = reader;
    this.errors = new ErrorAnswers(json);
    this.checkLocks = new CheckLockCalls(store, options, ledger, json, errors);
    this.leases = new LeaseCalls(store, options.plan(), ledger, newId, json, errors);
    this.account = new AccountCalls(options, ledger, json, errors);
  }

  void handle(HttpServerRequest request) {
    Exchange exchange = exchangeOf(request);
    Route route = Route.ofPath(request.path());
    if (route == null) {
      errors.notFound(exchange);
    } else if (!route.method().equals(request.method())) {
      errors.methodNotAllowed(exchange, route);
    } else if (isAllowed(exchange, route, request)) {
      if (route.hasBody()) {
        BodyCollector.collect(
            request,
            bytes -> guarded(exchange, () -> answerPost(exchange, route, bytes)),
            () -> errors.bodyTooLarge(exchange, BodyCollector.MAX_BODY_BYTES));
      } else {
        guarded(exchange, () -> answerGet(exchange, route, request));
      }
    }
  }

  /** Answers in the handlers' stead, see {@link ServerProbe}. */
  void refuse(HttpServerRequest request, int status, @Nullable Duration retryAfter) {
    Exchange exchange = exchangeOf(request);
    if (retryAfter != null) {
      exchange.header(
          HttpHeaders.RETRY_AFTER, Long.toString(retryAfter.plusMillis(999).toSeconds()));
    }
    errors.plain(exchange, status, "Refused by a test");
  }

  /** A request that the HTTP codec could not make out. */
  void handleInvalid(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    Exchange exchange = exchangeOf(request);
    if (cause instanceof TooLongHttpLineException) {
      errors.plain(exchange, 414, "Request line too long");
    } else if (cause instanceof TooLongHttpHeaderException) {
      errors.plain(exchange, 431, "Request headers too large");
    } else {
      errors.plain(exchange, 400, "Bad Request");
    }
    // Where the next request would begin is unknown.
    request.connection().close();
  }

  private Exchange exchangeOf(HttpServerRequest request) {
    String requestId = requestIds.settle(request.getHeader(Exchange.X_REQUEST_ID));
    return new Exchange(request.response(), requestId);
  }

  private boolean isAllowed(Exchange exchange, Route route, HttpServerRequest request) {
    if (route.isOpen()) {
      return true;
    }
    switch (auth.check(request.getHeader(HttpHeaders.AUTHORIZATION))) {
      case ALLOWED -> {
        return true;
      }
      case MISSING -> errors.missingToken(exchange);
      case INVALID -> errors.invalidApiKey(exchange);
    }
    return false;
  }

  private Future<?> answerPost(Exchange exchange, Route route, byte[] bytes) {
    RequestBody body = reader.read(route, bytes);
    if (!body.errors().isEmpty()) {
      errors.invalid(exchange, body.errors());
      return Future.succeededFuture();
    }
    return switch (route) {
      case CHECK_LOCK -> checkLocks.checkLock(exchange, body);
      case RELEASE -> checkLocks.release(exchange, body);
      case LEASE -> leases.lease(exchange, body);
      case EXTEND -> leases.extend(exchange, body);
      case COMPLETE -> leases.complete(exchange, body);
      case FAIL -> leases.fail(exchange, body);
      case CANCEL -> leases.cancel(exchange, body);
      case STATUS, RESULT, ME, USAGE, USAGE_ALL, EVENTS, METRICS, HEALTH, HEALTH_AT_ROOT ->
          throw new IllegalStateException(route + " has no body");
    };
  }

  private Future<?> answerGet(Exchange exchange, Route route, HttpServerRequest request) {
    MultiMap query;
    try {
      query = request.params(true);
    } catch (IllegalArgumentException e) {
      errors.plain(exchange, 400, "The query string is not well encoded");
      return Future.succeededFuture();
    }
    switch (route) {
      case STATUS, RESULT -> {
        return answerLookUp(exchange, route, query);
      }
      case ME -> account.me(exchange);
      case USAGE -> account.usage(exchange, query);
      case USAGE_ALL -> account.usageAll(exchange);
      case EVENTS -> account.events(exchange, query);
      case METRICS -> account.metrics(exchange, query);
      case HEALTH, HEALTH_AT_ROOT -> account.health(exchange);
      case CHECK_LOCK, RELEASE, LEASE, EXTEND, COMPLETE, FAIL, CANCEL ->
          throw new IllegalStateException(route + " has a body");
    }
    return Future.succeededFuture();
  }

  private Future<?> answerLookUp(Exchange exchange, Route route, MultiMap query) {
    String key = query.get("key");
    InputError error = RequestReader.checkKeyOfQuery(key);
    if (error != null) {
      errors.invalid(exchange, List.of(error));
      return Future.succeededFuture();
    }
    return route == Route.STATUS ? leases.status(exchange, key) : leases.result(exchange, key);
  }

  /** Whatever goes wrong, the caller gets an answer and the log the cause. */
  private void guarded(Exchange exchange, Supplier<Future<?>> call) {
    try {
      call.get().onFailure(cause -> answerFault(exchange, cause));
    } catch (RuntimeException e) {
      answerFault(exchange, e);
    }
  }

  private void answerFault(Exchange exchange, Throwable cause) {
    LOG.error("Request {} failed", exchange.requestId(), cause);
    errors.internal(exchange);
  }
}
