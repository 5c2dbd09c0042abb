package tech.onceonly.server;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.server.store.ClaimStore;

/** Answers what runs the server: an orchestrator, and Prometheus. One an event loop. */
final class OperatorCalls {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorCalls.class);
  private static final CharSequence PAGE =
      HttpHeaders.createOptimized("text/plain; version=0.0.4; charset=utf-8");

  private static final Buffer OPENAPI = read("openapi.json");

  /** A key that no tenant has, see {@link tech.onceonly.server.store.TenantStore}. */
  private static final String NOBODYS_KEY = "readiness";

  private static final long READY_WITHIN_SECONDS = 2;

  private final ClaimStore store;
  private final ServerMetrics metrics;
  private final JsonWriter json;
  private final ErrorAnswers errors;

  OperatorCalls(ClaimStore store, ServerMetrics metrics, JsonWriter json, ErrorAnswers errors) {
    this.store = store;
    this.metrics = metrics;
    this.json = json;
    this.errors = errors;
  }

  /** Whether the process is alive; nothing of its store. */
  void live(Exchange exchange) {
    exchange.send(200, json.start().field("status", "ok").end());
  }

  /** Whether it can decide: its store answers. */
  Future<?> ready(Exchange exchange) {
    return store
        .find(NOBODYS_KEY)
        .timeout(READY_WITHIN_SECONDS, TimeUnit.SECONDS)
        .onSuccess(found -> exchange.send(200, json.start().field("status", "ready").end()))
        .recover(
            cause -> {
              LOG.warn("not ready: the store does not answer", cause);
              errors.storeUnavailable(exchange, "The store does not answer: " + cause.getMessage());
              return Future.succeededFuture();
            });
  }

  void openapi(HttpExchange exchange) {
    exchange.send(200, HttpExchange.JSON, OPENAPI);
  }

  void metrics(HttpExchange exchange) {
    String page = metrics.page();
    if (page == null) {
      errors.notFound(exchange);
    } else {
      exchange.send(200, PAGE, Buffer.buffer(page));
    }
  }

  private static Buffer read(String resource) {
    try (InputStream in = OperatorCalls.class.getResourceAsStream(resource)) {
      return Buffer.buffer(Objects.requireNonNull(in, resource).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
