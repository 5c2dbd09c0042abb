package tech.onceonly.server;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tech.onceonly.server.store.ClaimStore;

/**
 * Takes each request through the same steps: path, method, API key, body, the call itself. One an
 * event loop, never shared.
 */
final class RequestHandler {
  private final RequestIds requestIds;
  private final Auth auth;
  private final RequestReader reader;
  private final ErrorAnswers errors;
  private final LeaseCalls leases;
  private final KeyCalls calls;
  private final BatchCalls batches;
  private final AccountCalls account;
  private final AdminCalls admin;
  private final OperatorCalls operator;
  private final ConsoleCalls console;
  private final ServerMetrics metrics;
  private final LongSupplier nanoTime;

  RequestHandler(
      ServerOptions options,
      Collection<Tenant> tenants,
      ClaimStore store,
      ServerMetrics metrics,
      KeyLists lists,
      LongSupplier nanoTime,
      RequestReader reader,
      Supplier<String> newId) {
    JsonWriter json = new JsonWriter();
    this.requestIds = new RequestIds(newId);
    this.auth = new Auth(tenants);
    this.reader = reader;
    this.errors = new ErrorAnswers(json);
    this.leases = new LeaseCalls(newId, json, errors);
    this.calls =
        new KeyCalls(new CheckLockCalls(options.duplicateStatus(), json, errors), leases, errors);
    this.batches = new BatchCalls(new BatchReader(reader, requestIds), calls, json, errors);
    this.account = new AccountCalls(options.clock(), json, errors);
    this.admin = new AdminCalls(store.keys() != null, lists, json, errors);
    this.operator = new OperatorCalls(store, metrics, json, errors);
    this.console = new ConsoleCalls(options.console(), errors);
    this.metrics = metrics;
    this.nanoTime = nanoTime;
  }

  void handle(HttpServerRequest request) {
    Route route = Route.ofPath(request.path());
    HttpExchange exchange = exchangeOf(request, route);
    if (route == null || !isOffered(route)) {
      errors.notFound(exchange);
    } else if (!route.takes(request.method())) {
      errors.methodNotAllowed(exchange, route);
    } else if (isAllowed(exchange, route, request)) {
      if (route.hasBody()) {
        BodyCollector.collect(
            request,
            route.maxBodyBytes(),
            bytes -> calls.guarded(exchange, () -> answerPost(exchange, route, bytes)),
            () -> errors.bodyTooLarge(exchange, route.maxBodyBytes()));
      } else {
        calls.guarded(exchange, () -> answerBodiless(exchange, route, request));
      }
    }
  }

  private boolean isOffered(Route route) {
    return (admin.isOffered() || !route.isForAdmins())
        && (console.isOffered() || !route.isConsole());
  }

  /** Answers in the handlers' stead, see {@link ServerProbe}. */
  void refuse(HttpServerRequest request, int status, @Nullable Duration retryAfter) {
    Exchange exchange = exchangeOf(request, null);
    if (retryAfter != null) {
      exchange.header(HttpHeaders.RETRY_AFTER, ErrorAnswers.inSeconds(retryAfter));
    }
    errors.plain(exchange, status, "Refused by a test");
  }

  /** A request that the HTTP codec could not make out. */
  void handleInvalid(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    Exchange exchange = exchangeOf(request, null);
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

  private HttpExchange exchangeOf(HttpServerRequest request, @Nullable Route route) {
    String requestId = requestIds.settle(request.getHeader(Exchange.X_REQUEST_ID));
    return new HttpExchange(request, requestId, route, nanoTime, metrics);
  }

  private boolean isAllowed(HttpExchange exchange, Route route, HttpServerRequest request) {
    if (route.isOpen()) {
      return true;
    }
    Auth.Verdict verdict = auth.check(request.getHeader(HttpHeaders.AUTHORIZATION));
    if (!(verdict instanceof Auth.Grant grant)) {
      if (verdict == Auth.Refusal.MISSING) {
        errors.missingToken(exchange);
      } else {
        errors.invalidApiKey(exchange);
      }
      return false;
    }
    exchange.isOf(grant.tenant());
    if (grant.isAdmin() && admin.isOffered()) {
      exchange.header(Exchange.X_ONCEONLY_KEYS, "true");
    }
    if (route.isForAdmins() && !grant.isAdmin()) {
      errors.adminRequired(exchange);
      return false;
    }
    return true;
  }

  private Future<?> answerPost(Exchange exchange, Route route, byte[] bytes) {
    return route == Route.BATCH
        ? batches.answer(exchange, bytes)
        : calls.answer(exchange.tenant().store(), exchange, route, reader.read(route, bytes));
  }

  private Future<?> answerBodiless(HttpExchange exchange, Route route, HttpServerRequest request) {
    if (!route.isOpen() && calls.isTooOften(exchange)) {
      return Future.succeededFuture();
    }
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
      case KEYS -> {
        return admin.list(exchange, query);
      }
      case KEY -> {
        boolean frees = request.method().equals(HttpMethod.DELETE);
        return admin.one(exchange, route.restOf(request.path()), frees);
      }
      case ME -> account.me(exchange);
      case USAGE -> account.usage(exchange, query);
      case USAGE_ALL -> account.usageAll(exchange);
      case EVENTS -> account.events(exchange, query);
      case STATS -> account.stats(exchange);
      case METRICS -> account.metrics(exchange, query);
      case HEALTH, HEALTH_AT_ROOT, LIVE -> operator.live(exchange);
      case READY -> {
        return operator.ready(exchange);
      }
      case PROMETHEUS -> operator.metrics(exchange);
      case OPENAPI -> operator.openapi(exchange);
      case CONSOLE -> answerFile(exchange, ConsoleCalls.PAGE, request);
      case CONSOLE_FILE -> answerFile(exchange, route.restOf(request.path()), request);
      case CHECK_LOCK, RELEASE, LEASE, EXTEND, COMPLETE, FAIL, CANCEL, BATCH ->
          throw new IllegalStateException(route + " has a body");
    }
    return Future.succeededFuture();
  }

  private void answerFile(HttpExchange exchange, String name, HttpServerRequest request) {
    console.file(exchange, name, request.getHeader(HttpHeaders.IF_NONE_MATCH));
  }

  private Future<?> answerLookUp(Exchange exchange, Route route, MultiMap query) {
    String key = query.get("key");
    InputError error = RequestReader.checkKeyOfQuery(key);
    if (error != null) {
      errors.invalid(exchange, List.of(error));
      return Future.succeededFuture();
    }
    return route == Route.STATUS
        ? leases.status(exchange.tenant().store(), exchange, key)
        : leases.result(exchange.tenant().store(), exchange, key);
  }
}
