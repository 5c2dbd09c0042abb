package tech.onceonly.server;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;

/** One request's answer on its way: puts the headers that every answer carries. */
final class Exchange {
  static final CharSequence X_REQUEST_ID = HttpHeaders.createOptimized("x-request-id");

  private static final CharSequence X_ONCEONLY_STATUS =
      HttpHeaders.createOptimized("x-onceonly-status");
  private static final CharSequence X_ONCEONLY_RELEASE =
      HttpHeaders.createOptimized("x-onceonly-release");
  private static final CharSequence X_ONCEONLY_REPLAY =
      HttpHeaders.createOptimized("x-onceonly-replay");
  private static final CharSequence TRUE = HttpHeaders.createOptimized("true");
  private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

  private final HttpServerResponse response;
  private final String requestId;

  Exchange(HttpServerResponse response, String requestId) {
    this.response = response;
    this.requestId = requestId;
  }

  String requestId() {
    return requestId;
  }

  Exchange header(CharSequence name, CharSequence value) {
    response.putHeader(name, value);
    return this;
  }

  /** Tells the verdict of a check-lock by header too. */
  Exchange verdict(CharSequence word) {
    return header(X_ONCEONLY_STATUS, word);
  }

  void send(int status, Buffer json) {
    if (response.ended() || response.closed()) {
      // The caller has gone; there is nobody to answer.
      return;
    }
    response
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
        .putHeader(X_REQUEST_ID, requestId)
        .putHeader(X_ONCEONLY_RELEASE, TRUE)
        .putHeader(X_ONCEONLY_REPLAY, TRUE)
        .end(json);
  }
}
