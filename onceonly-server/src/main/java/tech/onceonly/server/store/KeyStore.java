package tech.onceonly.server.store;

import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an operator sees and does of a store's keys: of check-lock claims and leases together.
 *
 * <p>As the methods of {@link ClaimStore}, but for {@link #list}.
 */
public interface KeyStore {

  /** What holds the key now. */
  Future<KeyView> inspect(String key);

  /**
   * Frees the key at once, whoever holds it and whatever became of it, so that its effect can run
   * again. Its owner's later calls are answered as those of a lost lease; versions go on rising.
   *
   * @return what held it until now
   */
  Future<KeyView> free(String key);

  /** Which keys a list is of. */
  enum Which {
    /** Anybody who asks for it now is told that it is held. */
    HELD,
    /** Its lease is: somebody is at work on it, or was until the end of its TTL comes. */
    IN_PROGRESS;

    boolean fits(KeyView view) {
      LeaseView lease = view.lease();
      return switch (this) {
        case HELD -> view.isHeld();
        case IN_PROGRESS -> lease != null && lease.status() == LeaseView.Status.IN_PROGRESS;
      };
    }

    boolean fits(Claim claim, long nowMillis) {
      return this == HELD && claim.isLive(nowMillis);
    }

    boolean fits(Lease lease, long nowMillis) {
      return lease.isTaken(nowMillis) && (this == HELD || lease.isHeld());
    }
  }

  /**
   * Keys that begin so, in an order of the store's own. One that fits from the first page to the
   * last is in exactly one of them; one that comes or goes meanwhile is in one or in none.
   *
   * <p>The call itself may take as long as looking at every key does: not for an event loop.
   *
   * @param cursor of the page before; null for the first
   */
  Future<KeyPage> list(String prefix, Which which, int limit, @Nullable String cursor);

  /**
   * Some of the keys.
   *
   * @param cursor asks for what follows; null where nothing does
   */
  record KeyPage(List<KeyView> keys, @Nullable String cursor) {}
}
