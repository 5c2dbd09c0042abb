package tech.onceonly.server;

import io.vertx.core.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import tech.onceonly.server.store.LeaseView;

/** The answers that refuse, each in its documented shape. One an event loop. */
final class ErrorAnswers {
  private final JsonWriter json;

  ErrorAnswers(JsonWriter json) {
    this.json = json;
  }

  void missingToken(Exchange exchange) {
    exchange.header("www-authenticate", "Bearer");
    plain(exchange, 401, "Missing Authorization Bearer token");
  }

  void invalidApiKey(Exchange exchange) {
    plain(exchange, 403, "Invalid API key");
  }

  void adminRequired(Exchange exchange) {
    json.start()
        .startObject("detail")
        .field("error", "admin_required")
        .field("message", "Keys are for API keys of the admin role: give the server --admin-key")
        .endObject();
    exchange.send(403, json.end());
  }

  void limitReached(Exchange exchange, Tenant tenant, long used) {
    json.start()
        .startObject("detail")
        .field("error", "payment_required")
        .field("plan", tenant.plan().word())
        .field("limit", tenant.limitPerMonth())
        .field("usage", used)
        .field("upgrade_url", null)
        .endObject();
    exchange.send(402, json.end());
  }

  void rateLimited(Exchange exchange, Duration wait) {
    exchange.header(HttpHeaders.RETRY_AFTER, inSeconds(wait));
    json.start().startObject("detail").field("error", "rate_limited").endObject();
    exchange.send(429, json.end());
  }

  /** Whole seconds, for that is all that the header takes everywhere; never too few. */
  static String inSeconds(Duration wait) {
    return Long.toString(wait.plusMillis(999).toSeconds());
  }

  void notFound(Exchange exchange) {
    plain(exchange, 404, "Not Found");
  }

  void methodNotAllowed(Exchange exchange, Route route) {
    exchange.header(HttpHeaders.ALLOW, route.allowed());
    plain(exchange, 405, "Method Not Allowed");
  }

  void bodyTooLarge(Exchange exchange, int maxBytes) {
    plain(exchange, 413, "Request body should have at most " + maxBytes + " bytes");
  }

  void invalid(Exchange exchange, List<InputError> errors) {
    json.start().startArray("detail");
    for (InputError error : errors) {
      json.startElement().field("type", error.type()).startArray("loc");
      error.loc().forEach(json::value);
      json.endArray().field("msg", error.msg()).field("input", error.input()).endObject();
    }
    exchange.send(422, json.endArray().end());
  }

  void leaseLost(Exchange exchange, String message, LeaseView present) {
    json.start()
        .startObject("detail")
        .field("error", "lease_lost")
        .field("message", message)
        .field("status", present.status().word())
        .endObject();
    exchange.send(409, json.end());
  }

  void claimLost(Exchange exchange) {
    json.start()
        .startObject("detail")
        .field("error", "lease_lost")
        .field("message", "This request id holds no claim on the key")
        .endObject();
    exchange.send(409, json.end());
  }

  void storeFull(Exchange exchange) {
    json.start()
        .startObject("detail")
        .field("error", "store_full")
        .field(
            "message",
            "The server holds as many keys as it may: raise --max-keys, or a Redis's maxmemory")
        .endObject();
    exchange.send(503, json.end());
  }

  void storeUnavailable(Exchange exchange, String message) {
    json.start()
        .startObject("detail")
        .field("error", "store_unavailable")
        .field("message", message)
        .endObject();
    exchange.send(503, json.end());
  }

  void internal(Exchange exchange) {
    plain(exchange, 500, "Internal Server Error");
  }

  void plain(Exchange exchange, int status, String detail) {
    exchange.send(status, json.start().field("detail", detail).end());
  }
}
