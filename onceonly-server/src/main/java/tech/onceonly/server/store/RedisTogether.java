package tech.onceonly.server.store;

import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is asked together: it all goes out at once, but for what is asked of a key again. That waits
 * for the answer before, since a request that Redis sends elsewhere would be overtaken.
 */
final class RedisTogether implements ClaimStore {
  private final RedisClaimStore store;
  private final Map<String, Future<?>> last = new HashMap<>();

  RedisTogether(RedisClaimStore store) {
    this.store = store;
  }

  @Override
  public Future<CheckLockAnswer> checkLock(
      String key, long ttlSeconds, String requestId, @Nullable Fingerprint fingerprint) {
    return inOrder(key, () -> store.checkLock(key, ttlSeconds, requestId, fingerprint));
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

  private <A> Future<A> inOrder(String key, Supplier<Future<A>> call) {
    Future<?> before = last.get(key);
    Future<A> answer =
        before == null ? call.get() : before.transform((answered, fault) -> call.get());
    last.put(key, answer);
    return answer;
  }
}
