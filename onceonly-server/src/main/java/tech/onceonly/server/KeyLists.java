package tech.onceonly.server;

import io.vertx.core.Context;
import io.vertx.core.Future;
import tech.onceonly.server.store.Capacity;
import tech.onceonly.server.store.KeyStore;
import tech.onceonly.server.store.StoreUnavailableException;

/**
 * Has a store's keys listed. Each list looks at keys without end, and takes turns with claims for
 * the store and the processors: so there are only so many at a time, over all tenants, event loops
 * and stores. Thread-safe.
 */
final class KeyLists {
  /** Waiting ones too. */
  static final int MOST = 16;

  private final Capacity underWay = new Capacity(MOST);

  /** What a list asks a store. Called where it may take its time. */
  interface Asked {
    Future<KeyStore.KeyPage> list();
  }

  /** The page; or a failure, as of a store that can't be asked, where there are too many lists. */
  Future<KeyStore.KeyPage> list(Context context, Asked asked) {
    if (!underWay.take()) {
      return Future.failedFuture(
          new StoreUnavailableException(
              MOST + " lists of keys are under way or wait: ask again later", null));
    }
    // To look at a million keys takes longer than an event loop may be kept from its claims.
    return context
        .executeBlocking(asked::list)
        .compose(page -> page)
        .onComplete(listed -> underWay.free());
  }
}
