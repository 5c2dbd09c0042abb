package tech.onceonly.server;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import java.security.MessageDigest;
import tech.onceonly.server.store.CheckLockAnswer;
import tech.onceonly.server.store.ClaimStore;

/** Answers check-lock and release. One an event loop. */
final class CheckLockCalls {
  private static final CharSequence LOCKED = HttpHeaders.createOptimized("locked");
  private static final CharSequence DUPLICATE = HttpHeaders.createOptimized("duplicate");

  private final int duplicateStatus;
  private final JsonWriter json;
  private final ErrorAnswers errors;
  private final MessageDigest sha256 = Auth.newSha256();

  CheckLockCalls(int duplicateStatus, JsonWriter json, ErrorAnswers errors) {
    this.duplicateStatus = duplicateStatus;
    this.json = json;
    this.errors = errors;
  }

  Future<?> checkLock(ClaimStore store, Exchange exchange, RequestBody body) {
    Tenant tenant = exchange.tenant();
    Long usedUp = tenant.usedUp(Usage.Kind.MAKE);
    if (usedUp != null) {
      errors.limitReached(exchange, tenant, usedUp);
      return Future.succeededFuture();
    }
    return store
        .checkLock(
            body.key(),
            tenant.plan().grantTtlSeconds(body.ttlSeconds()),
            exchange.requestId(),
            body.fingerprint(sha256))
        .onSuccess(answer -> answer(exchange, body.key(), answer));
  }

  Future<?> release(ClaimStore store, Exchange exchange, RequestBody body) {
    return store
        .release(body.key(), body.requestId())
        .onSuccess(released -> answerRelease(exchange, body.key(), released));
  }

  private void answer(Exchange exchange, String key, CheckLockAnswer answer) {
    switch (answer.verdict()) {
      case LOCKED -> {
        exchange.tenant().ledger().counted(Usage.Kind.MAKE, false, "locked", key, exchange);
        answerLocked(exchange, key, answer);
      }
      case DUPLICATE -> {
        exchange.tenant().ledger().counted(Usage.Kind.MAKE, true, "duplicate", key, exchange);
        if (answer.fingerprintMismatch()) {
          exchange.tenant().ledger().mismatched(Usage.Kind.MAKE, key, exchange);
        }
        answerDuplicate(exchange, key, answer);
      }
      case FULL -> errors.storeFull(exchange);
    }
  }

  private void answerLocked(Exchange exchange, String key, CheckLockAnswer answer) {
    if (exchange.wantsShortVerdict()) {
      exchange.sendShortVerdict(
          json.startList().value("locked").value(answer.ttlSeconds()).endArray());
      return;
    }
    json.start()
        .field("success", true)
        .field("status", "locked")
        .field("key", key)
        .field("ttl", answer.ttlSeconds())
        .field("first_seen_at", null);
    exchange.verdict(LOCKED).send(200, json.end());
  }

  private void answerDuplicate(Exchange exchange, String key, CheckLockAnswer answer) {
    if (exchange.wantsShortVerdict()) {
      json.startList().value("duplicate").value(answer.ttlSeconds());
      json.moment(answer.firstSeenMillis());
      if (answer.fingerprintMismatch()) {
        json.value(Ledger.MISMATCH);
      }
      exchange.sendShortVerdict(json.endArray());
      return;
    }
    if (duplicateStatus == 409) {
      json.start()
          .startObject("detail")
          .field("error", "Duplicate blocked")
          .moment("first_seen_at", answer.firstSeenMillis());
      addMismatch(answer).endObject();
    } else {
      json.start()
          .field("success", false)
          .field("status", "duplicate")
          .field("key", key)
          .field("ttl", answer.ttlSeconds())
          .moment("first_seen_at", answer.firstSeenMillis());
      addMismatch(answer);
    }
    exchange.verdict(DUPLICATE).send(duplicateStatus, json.end());
  }

  private JsonWriter addMismatch(CheckLockAnswer answer) {
    return answer.fingerprintMismatch() ? json.field(Ledger.MISMATCH, true) : json;
  }

  private void answerRelease(Exchange exchange, String key, boolean released) {
    if (!released) {
      errors.claimLost(exchange);
      return;
    }
    exchange.tenant().ledger().noted("released", key, exchange);
    json.start().field("ok", true).field("status", "released").field("key", key);
    exchange.send(200, json.end());
  }
}
