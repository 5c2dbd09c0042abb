package tech.onceonly.server.store;

import io.vertx.core.Future;
import java.util.function.Consumer;

/** Another store, but for what a subclass does otherwise. */
class ForwardingStore implements ClaimStore {
  final ClaimStore store;

  ForwardingStore(ClaimStore store) {
    this.store = store;
  }

  @Override
  public Future<CheckLockAnswer> checkLock(
      String key, long ttlSeconds, String requestId, Fingerprint fingerprint) {
    return store.checkLock(key, ttlSeconds, requestId, fingerprint);
  }

  @Override
  public Future<Boolean> release(String key, String requestId) {
    return store.release(key, requestId);
  }

  @Override
  public Future<LeaseAnswer> lease(
      String key, long ttlSeconds, String leaseId, Fingerprint fingerprint) {
    return store.lease(key, ttlSeconds, leaseId, fingerprint);
  }

  @Override
  public Future<SettleAnswer> extend(String key, String leaseId, long ttlSeconds) {
    return store.extend(key, leaseId, ttlSeconds);
  }

  @Override
  public Future<SettleAnswer> complete(
      String key, String leaseId, ResultJson result, String resultHash) {
    return store.complete(key, leaseId, result, resultHash);
  }

  @Override
  public Future<SettleAnswer> fail(String key, String leaseId, String errorCode) {
    return store.fail(key, leaseId, errorCode);
  }

  @Override
  public Future<SettleAnswer> cancel(String key, String leaseId) {
    return store.cancel(key, leaseId);
  }

  @Override
  public Future<LeaseView> find(String key) {
    return store.find(key);
  }

  @Override
  public void together(Consumer<ClaimStore> calls) {
    calls.accept(this);
  }

  @Override
  public void housekeep() {
    store.housekeep();
  }

  @Override
  public Future<Void> close() {
    return store.close();
  }
}
