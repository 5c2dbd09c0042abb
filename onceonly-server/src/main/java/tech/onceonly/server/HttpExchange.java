package tech.onceonly.server;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A request of its own: puts the headers that every answer carries. */
final class HttpExchange implements Exchange {
  private static final CharSequence X_ONCEONLY_RELEASE =
      HttpHeaders.createOptimized("x-onceonly-release");
  private static final CharSequence X_ONCEONLY_REPLAY =
      HttpHeaders.createOptimized("x-onceonly-replay");
  private static final CharSequence X_ONCEONLY_BATCH =
      HttpHeaders.createOptimized("x-onceonly-batch");
  private static final CharSequence X_ONCEONLY_FINGERPRINT =
      HttpHeaders.createOptimized("x-onceonly-fingerprint");
  private static final CharSequence MOST_OPERATIONS =
      HttpHeaders.createOptimized(Integer.toString(BatchReader.MAX_OPERATIONS));
  private static final CharSequence TRUE = HttpHeaders.createOptimized("true");
  static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

  private final HttpServerResponse response;
  private final boolean isBodyWanted;
  private final String requestId;
  private final ServerMetrics metrics;
  private final @Nullable Route route;
  private final LongSupplier nanoTime;
  private final long beganNanos;
  private @Nullable Tenant tenant;

  /**
   * @param route null where there is no such call
   */
  HttpExchange(
      HttpServerRequest request,
      String requestId,
      @Nullable Route route,
      LongSupplier nanoTime,
      ServerMetrics metrics) {
    this.response = request.response();
    this.isBodyWanted = !HttpMethod.HEAD.equals(request.method());
    this.requestId = requestId;
    this.route = route;
    this.nanoTime = nanoTime;
    this.beganNanos = nanoTime.getAsLong();
    this.metrics = metrics;
  }

  @Override
  public String requestId() {
    return requestId;
  }

  @Override
  public Tenant tenant() {
    return Objects.requireNonNull(tenant, "asked before the API key was checked");
  }

  void isOf(Tenant caller) {
    tenant = caller;
  }

  @Override
  public HttpExchange header(CharSequence name, CharSequence value) {
    response.putHeader(name, value);
    return this;
  }

  @Override
  public void send(int status, JsonWriter json) {
    send(status, JSON, json.toBuffer());
  }

  void send(int status, CharSequence contentType, Buffer body) {
    if (begins(status)) {
      response.putHeader(HttpHeaders.CONTENT_TYPE, contentType);
      if (isBodyWanted) {
        response.end(body);
      } else {
        response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length())).end();
      }
    }
  }

  /** What the caller has already is what it would be sent. */
  void sendUnchanged() {
    if (begins(304)) {
      response.end();
    }
  }

  /** False where the caller has gone: there is nobody to answer. */
  private boolean begins(int status) {
    if (route != null) {
      metrics.answered(route, status, nanoTime.getAsLong() - beganNanos);
    }
    if (response.ended() || response.closed()) {
      return false;
    }
    response
        .setStatusCode(status)
        .putHeader(X_REQUEST_ID, requestId)
        .putHeader(X_ONCEONLY_RELEASE, TRUE)
        .putHeader(X_ONCEONLY_REPLAY, TRUE)
        .putHeader(X_ONCEONLY_FINGERPRINT, TRUE)
        .putHeader(X_ONCEONLY_BATCH, MOST_OPERATIONS);
    return true;
  }
}
