package tech.onceonly.server.store;

import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is asked together: it all goes out at once, check-locks many in a script, but for what is
 * asked of a key again. That waits for the answer before, since a request that Redis sends
 * elsewhere would be overtaken.
 */
final class RedisTogether implements ClaimStore {
  private final RedisClaimStore store;
  private final Map<String, Future<?>> last = new HashMap<>();

  /** By their TTL. */
  private final Map<Long, RedisClaims> gathering = new HashMap<>();

  RedisTogether(RedisClaimStore store) {
    this.store = store;
  }

  @Override
  public Future<CheckLockAnswer> checkLock(
      String key, long ttlSeconds, String requestId, @Nullable Fingerprint fingerprint) {
    if (last.containsKey(key)) {
      return inOrder(key, () -> store.checkLock(key, ttlSeconds, requestId, fingerprint));
    }
    RedisClaims claims = gathering.computeIfAbsent(ttlSeconds, store::newClaims);
    Future<CheckLockAnswer> answer = claims.add(store.nameOf(key), requestId, fingerprint);
    last.put(key, answer);
    if (claims.size() == store.maxClaimsTogether()) {
      gathering.remove(ttlSeconds);
      store.send(claims);
    }
    return answer;
  }

  @Override
  public Future<Boolean> release(String key, String requestId) {
    return inOrder(key, () -> store.release(key, requestId));
  }

  @Override
  public Future<LeaseAnswer> lease(
      String key, long ttlSeconds, String leaseId, @Nullable Fingerprint fingerprint) {
    return inOrder(key, () -> store.lease(key, ttlSeconds, leaseId, fingerprint));
  }

  @Override
  public Future<SettleAnswer> extend(String key, String leaseId, long ttlSeconds) {
    return inOrder(key, () -> store.extend(key, leaseId, ttlSeconds));
  }

  @Override
  public Future<SettleAnswer> complete(
      String key, String leaseId, @Nullable ResultJson result, @Nullable String resultHash) {
    return inOrder(key, () -> store.complete(key, leaseId, result, resultHash));
  }

  @Override
  public Future<SettleAnswer> fail(String key, String leaseId, String errorCode) {
    return inOrder(key, () -> store.fail(key, leaseId, errorCode));
  }

  @Override
  public Future<SettleAnswer> cancel(String key, String leaseId) {
    return inOrder(key, () -> store.cancel(key, leaseId));
  }

  @Override
  public Future<LeaseView> find(String key) {
    return inOrder(key, () -> store.find(key));
  }

  @Override
  public void housekeep() {
    store.housekeep();
  }

  @Override
  public Future<Void> close() {
    return store.close();
  }

  /** Sends what has been held back; to be called once, when all has been asked. */
  void sendGathered() {
    gathering.values().forEach(store::send);
    gathering.clear();
  }

  private <A> Future<A> inOrder(String key, Supplier<Future<A>> call) {
    Future<?> before = last.get(key);
    Future<A> answer =
        before == null ? call.get() : before.transform((answered, fault) -> call.get());
    last.put(key, answer);
    return answer;
  }
}
