package tech.onceonly.server;

import io.vertx.core.Future;
import java.security.MessageDigest;
import java.util.function.Supplier;
import tech.onceonly.server.store.ClaimStore;
import tech.onceonly.server.store.LeaseAnswer;
import tech.onceonly.server.store.LeaseView;
import tech.onceonly.server.store.ResultJson;
import tech.onceonly.server.store.SettleAnswer;

/** Answers the calls under {@code /ai}. One an event loop. */
final class LeaseCalls {
  /** A caller that waits for a lease asks again at least this often, for it may end early. */
  private static final long MAX_RETRY_AFTER_SECONDS = 5;

  private final Supplier<String> newLeaseId;
  private final JsonWriter json;
  private final ErrorAnswers errors;
  private final MessageDigest sha256 = Auth.newSha256();

  LeaseCalls(Supplier<String> newLeaseId, JsonWriter json, ErrorAnswers errors) {
    this.newLeaseId = newLeaseId;
    this.json = json;
    this.errors = errors;
  }

  Future<?> lease(ClaimStore store, Exchange exchange, RequestBody body) {
    Tenant tenant = exchange.tenant();
    Long usedUp = tenant.usedUp(Usage.Kind.AI);
    if (usedUp != null) {
      errors.limitReached(exchange, tenant, usedUp);
      return Future.succeededFuture();
    }
    String key = body.key();
    String leaseId = newLeaseId.get();
    return store
        .lease(
            key,
            tenant.plan().grantTtlSeconds(body.ttlSeconds()),
            leaseId,
            body.fingerprint(sha256))
        .onSuccess(
            answer -> {
              if (answer instanceof LeaseAnswer.Acquired acquired) {
                answerAcquired(exchange, key, leaseId, acquired.view());
              } else if (answer instanceof LeaseAnswer.Taken taken) {
                answerTaken(exchange, key, taken);
              } else {
                errors.storeFull(exchange);
              }
            });
  }

  Future<?> extend(ClaimStore store, Exchange exchange, RequestBody body) {
    return store
        .extend(
            body.key(), body.leaseId(), exchange.tenant().plan().grantTtlSeconds(body.ttlSeconds()))
        .onSuccess(answer -> answerSettled(exchange, body.key(), "extended", answer));
  }

  Future<?> complete(ClaimStore store, Exchange exchange, RequestBody body) {
    ResultJson result = body.result();
    String hash = body.resultHash();
    if (hash == null && result != null) {
      hash = result.hash(sha256);
    }
    return store
        .complete(body.key(), body.leaseId(), result, hash)
        .onSuccess(answer -> answerSettled(exchange, body.key(), "completed", answer));
  }

  Future<?> fail(ClaimStore store, Exchange exchange, RequestBody body) {
    return store
        .fail(body.key(), body.leaseId(), body.errorCode())
        .onSuccess(answer -> answerSettled(exchange, body.key(), "failed", answer));
  }

  Future<?> cancel(ClaimStore store, Exchange exchange, RequestBody body) {
    return store
        .cancel(body.key(), body.leaseId())
        .onSuccess(answer -> answerSettled(exchange, body.key(), "cancelled", answer));
  }

  Future<?> status(ClaimStore store, Exchange exchange, String key) {
    return store.find(key).onSuccess(view -> exchange.send(200, describe(key, view).end()));
  }

  Future<?> result(ClaimStore store, Exchange exchange, String key) {
    return store
        .find(key)
        .onSuccess(
            view -> {
              describe(key, view).raw("result", view.result());
              exchange.send(200, json.end());
            });
  }

  private void answerAcquired(Exchange exchange, String key, String leaseId, LeaseView view) {
    exchange.tenant().ledger().counted(Usage.Kind.AI, false, "acquired", key, exchange);
    json.start()
        .field("ok", true)
        .field("status", "acquired")
        .field("key", key)
        .field("ttl", view.ttlSeconds())
        .field("ttl_left", view.ttlLeftSeconds())
        .field("lease_id", leaseId)
        .field("version", view.version())
        .moment("first_seen_at", view.firstSeenMillis())
        .field("charged", 1);
    exchange.send(200, json.end());
  }

  private void answerTaken(Exchange exchange, String key, LeaseAnswer.Taken taken) {
    LeaseView view = taken.view();
    Ledger ledger = exchange.tenant().ledger();
    ledger.counted(Usage.Kind.AI, true, view.status().word(), key, exchange);
    describe(key, view).field("charged", 0);
    if (taken.fingerprintMismatch()) {
      ledger.mismatched(Usage.Kind.AI, key, exchange);
      json.field(Ledger.MISMATCH, true);
    }
    exchange.send(200, json.end());
  }

  private void answerSettled(Exchange exchange, String key, String word, SettleAnswer answer) {
    if (answer instanceof SettleAnswer.Settled settled) {
      exchange.tenant().ledger().noted(word, key, exchange);
      LeaseView view = settled.view();
      json.start()
          .field("ok", true)
          .field("status", word)
          .field("key", key)
          .field("version", view.version());
      if (view.status() == LeaseView.Status.IN_PROGRESS) {
        json.field("ttl", view.ttlSeconds()).field("ttl_left", view.ttlLeftSeconds());
      }
      describeEnd(view);
      exchange.send(200, json.end());
    } else if (answer instanceof SettleAnswer.Lost lost) {
      errors.leaseLost(exchange, "This lease does not hold the key", lost.present());
    }
  }

  /** What anybody may read of a key. */
  private JsonWriter describe(String key, LeaseView view) {
    json.start()
        .field("ok", true)
        .field("status", view.status().word())
        .field("key", key)
        .field("version", view.version())
        .moment("first_seen_at", view.firstSeenMillis());
    if (view.status() == LeaseView.Status.IN_PROGRESS) {
      long left = view.ttlLeftSeconds();
      json.field("ttl", view.ttlSeconds())
          .field("ttl_left", left)
          .field("retry_after_sec", Math.max(1, Math.min(left, MAX_RETRY_AFTER_SECONDS)));
    }
    describeEnd(view);
    return json;
  }

  private void describeEnd(LeaseView view) {
    boolean ended =
        view.status() == LeaseView.Status.COMPLETED || view.status() == LeaseView.Status.FAILED;
    if (!ended) {
      return;
    }
    json.moment("done_at", view.doneAtMillis())
        .field("result_hash", view.resultHash())
        .field("error_code", view.errorCode())
        .field("result_stored", view.result() != null);
    if (view.resultDropped()) {
      json.field("message", "The result could not be kept for want of room");
    }
  }
}
