package tech.onceonly.server;

import io.vertx.core.http.HttpHeaders;

/** One call's answer on its way: a request's own, or one among a batch's. */
interface Exchange {
  CharSequence X_REQUEST_ID = HttpHeaders.createOptimized("x-request-id");
  CharSequence X_ONCEONLY_STATUS = HttpHeaders.createOptimized("x-onceonly-status");
  CharSequence X_ONCEONLY_KEYS = HttpHeaders.createOptimized("x-onceonly-keys");

  /** The id under which the call counts: the caller's where it was usable. */
  String requestId();

  /** Whose API key the call carries; only where it carries one. */
  Tenant tenant();

  /** Adds a header that is this answer's own. */
  Exchange header(CharSequence name, CharSequence value);

  /** Sends what has been written. The writer is free again when this returns. */
  void send(int status, JsonWriter json);

  /** Tells the verdict of a check-lock by header too. */
  default Exchange verdict(CharSequence word) {
    return header(X_ONCEONLY_STATUS, word);
  }

  /** Whether the caller wants the verdict of a check-lock without what it knows already. */
  default boolean wantsShortVerdict() {
    return false;
  }

  /** Sends a verdict alone, in place of an answer's status, headers and body. */
  default void sendShortVerdict(JsonWriter json) {
    throw new UnsupportedOperationException("only a batch has short verdicts");
  }
}
