package tech.onceonly.server.store;

import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One tenant's share of a store: its keys never meet those of another. They are stored with the
 * tenant's name and a NUL in front; no name holds a NUL, so that the first one ends the name,
 * whatever the key. The shared store's bounds, housekeeping and end are not the tenant's.
 */
public final class TenantStore implements ClaimStore {
  private final ClaimStore shared;
  private final String prefix;

  /**
   * @param tenant without a NUL; empty for the one that has no name
   */
  public TenantStore(ClaimStore shared, String tenant) {
    this.shared = shared;
    this.prefix = tenant + '\0';
  }

  @Override
  public Future<CheckLockAnswer> checkLock(
      String key, long ttlSeconds, String requestId, @Nullable Fingerprint fingerprint) {
    return shared.checkLock(prefix + key, ttlSeconds, requestId, fingerprint);
  }

  @Override
  public Future<Boolean> release(String key, String requestId) {
    return shared.release(prefix + key, requestId);
  }

  @Override
  public Future<LeaseAnswer> lease(
      String key, long ttlSeconds, String leaseId, @Nullable Fingerprint fingerprint) {
    return shared.lease(prefix + key, ttlSeconds, leaseId, fingerprint);
  }

  @Override
  public Future<SettleAnswer> extend(String key, String leaseId, long ttlSeconds) {
    return shared.extend(prefix + key, leaseId, ttlSeconds);
  }

  @Override
  public Future<SettleAnswer> complete(
      String key, String leaseId, @Nullable ResultJson result, @Nullable String resultHash) {
    return shared.complete(prefix + key, leaseId, result, resultHash);
  }

  @Override
  public Future<SettleAnswer> fail(String key, String leaseId, String errorCode) {
    return shared.fail(prefix + key, leaseId, errorCode);
  }

  @Override
  public Future<SettleAnswer> cancel(String key, String leaseId) {
    return shared.cancel(prefix + key, leaseId);
  }

  @Override
  public Future<LeaseView> find(String key) {
    return shared.find(prefix + key);
  }

  @Override
  public void together(Consumer<ClaimStore> calls) {
    String tenant = prefix.substring(0, prefix.length() - 1);
    shared.together(asked -> calls.accept(new TenantStore(asked, tenant)));
  }

  @Override
  public @Nullable KeyStore keys() {
    KeyStore all = shared.keys();
    return all == null ? null : new Keys(all);
  }

  @Override
  public void housekeep() {
    shared.housekeep();
  }

  @Override
  public Future<Void> clear() {
    return shared.clear();
  }

  @Override
  public Future<Void> close() {
    return shared.close();
  }

  private final class Keys implements KeyStore {
    private final KeyStore all;

    private Keys(KeyStore all) {
      this.all = all;
    }

    @Override
    public Future<KeyView> inspect(String key) {
      return all.inspect(prefix + key).map(this::own);
    }

    @Override
    public Future<KeyView> free(String key) {
      return all.free(prefix + key).map(this::own);
    }

    @Override
    public Future<KeyPage> list(String keyPrefix, Which which, int limit, @Nullable String cursor) {
      return all.list(prefix + keyPrefix, which, limit, cursor)
          .map(page -> new KeyPage(own(page.keys()), page.cursor()));
    }

    private List<KeyView> own(List<KeyView> views) {
      return views.stream().map(this::own).toList();
    }

    private KeyView own(KeyView view) {
      return new KeyView(view.key().substring(prefix.length()), view.claim(), view.lease());
    }
  }
}
