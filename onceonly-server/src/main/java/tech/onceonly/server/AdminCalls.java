package tech.onceonly.server;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tech.onceonly.server.store.KeyStore;
import tech.onceonly.server.store.KeyView;
import tech.onceonly.server.store.LeaseView;

/** Answers operators, who see and free keys whoever holds them. One an event loop. */
final class AdminCalls {
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1_000;

  private final boolean isOffered;
  private final KeyLists lists;
  private final JsonWriter json;
  private final ErrorAnswers errors;

  AdminCalls(boolean isOffered, KeyLists lists, JsonWriter json, ErrorAnswers errors) {
    this.isOffered = isOffered;
    this.lists = lists;
    this.json = json;
    this.errors = errors;
  }

  /** Not every store shows its keys; then nothing else here may be called. */
  boolean isOffered() {
    return isOffered;
  }

  /**
   * Shows a key or frees it.
   *
   * @param encoded as it stands in the path
   */
  Future<?> one(Exchange exchange, String encoded, boolean frees) {
    String key;
    try {
      // A plus is a plus in a path.
      key = URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      errors.plain(exchange, 400, "The path is not well encoded");
      return Future.succeededFuture();
    }
    InputError error = RequestReader.checkKeyOfQuery(key);
    if (error != null) {
      errors.invalid(exchange, List.of(error));
      return Future.succeededFuture();
    }
    return frees ? free(exchange, key) : inspect(exchange, key);
  }

  Future<?> list(Exchange exchange, MultiMap query) {
    Integer limit = AccountCalls.limitOf(query.get("limit"), DEFAULT_LIMIT);
    if (limit == null) {
      errors.invalid(
          exchange,
          List.of(
              InputError.ofQuery(
                  "limit",
                  "int_parsing",
                  "Input should be a whole number of at least 1",
                  query.get("limit"))));
      return Future.succeededFuture();
    }
    KeyStore.Which which = whichOf(query.get("lease"));
    if (which == null) {
      errors.invalid(
          exchange,
          List.of(
              InputError.ofQuery(
                  "lease", "enum", "Input should be 'in_progress'", query.get("lease"))));
      return Future.succeededFuture();
    }
    String asked = query.get("prefix");
    String prefix = asked == null ? "" : asked;
    String cursor = query.get("cursor");
    KeyStore keys = keysOf(exchange);
    return lists
        .list(
            Objects.requireNonNull(Vertx.currentContext()),
            () -> keys.list(prefix, which, Math.min(limit, MAX_LIMIT), cursor))
        .onSuccess(page -> answer(exchange, page));
  }

  /** Null where it is no such word. */
  private static KeyStore.@Nullable Which whichOf(@Nullable String lease) {
    if (lease == null) {
      return KeyStore.Which.HELD;
    }
    return lease.equals("in_progress") ? KeyStore.Which.IN_PROGRESS : null;
  }

  private Future<?> inspect(Exchange exchange, String key) {
    return keysOf(exchange).inspect(key).onSuccess(view -> answer(exchange, view));
  }

  private Future<?> free(Exchange exchange, String key) {
    return keysOf(exchange)
        .free(key)
        .onSuccess(
            freed -> {
              if (freed.isHeld()) {
                exchange.tenant().ledger().noted("released", key, exchange);
              }
              answer(exchange, freed);
            });
  }

  private void answer(Exchange exchange, KeyView view) {
    json.start();
    describe(view);
    exchange.send(200, json.end());
  }

  private void answer(Exchange exchange, KeyStore.KeyPage page) {
    json.start().startArray("keys");
    for (KeyView view : page.keys()) {
      json.startElement();
      describe(view);
      json.endObject();
    }
    exchange.send(200, json.endArray().field("cursor", page.cursor()).end());
  }

  private void describe(KeyView view) {
    json.field("key", view.key()).field("held", view.isHeld());
    KeyView.ClaimView claim = view.claim();
    if (claim != null) {
      json.startObject("check_lock")
          .moment("first_seen_at", claim.firstSeenMillis())
          .field("ttl", claim.ttlSeconds())
          .field("ttl_left", (claim.ttlLeftMillis() + 999) / 1000)
          .endObject();
    }
    LeaseView lease = view.lease();
    if (lease != null) {
      json.startObject("lease")
          .field("status", lease.status().word())
          .field("version", lease.version())
          .moment("first_seen_at", lease.firstSeenMillis())
          .field("ttl", lease.ttlSeconds())
          .field("ttl_left", lease.ttlLeftSeconds())
          .moment("done_at", lease.doneAtMillis())
          .field("error_code", lease.errorCode())
          .field("result_stored", lease.result() != null)
          .endObject();
    }
  }

  private static KeyStore keysOf(Exchange exchange) {
    return Objects.requireNonNull(exchange.tenant().store().keys());
  }
}
