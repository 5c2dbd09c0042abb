package tech.onceonly.server.store;

import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A {@link MemoryClaimStore}'s keys; listed in the order of their characters. */
final class MemoryKeyStore implements KeyStore {
  private final InstantSource clock;
  private final ExpiringMap<Claim> claims;
  private final ExpiringMap<Lease> leases;

  MemoryKeyStore(InstantSource clock, ExpiringMap<Claim> claims, ExpiringMap<Lease> leases) {
    this.clock = clock;
    this.claims = claims;
    this.leases = leases;
  }

  @Override
  public Future<KeyView> inspect(String key) {
    return Future.succeededFuture(viewOf(key, clock.millis()));
  }

  @Override
  public Future<KeyView> free(String key) {
    long now = clock.millis();
    Claim claim = claims.get(key);
    while (claim != null && !claims.remove(key, claim)) {
      claim = claims.get(key);
    }
    Lease lease = leases.get(key);
    // Kept as released, and not removed: the next owner's version must be a later one. So is one
    // that ran out, which its late holder could complete otherwise.
    while (lease != null
        && !lease.isForgotten(now)
        && !lease.isReleased()
        && !leases.replace(key, lease, lease.released(now))) {
      lease = leases.get(key);
    }
    return Future.succeededFuture(KeyView.of(key, claim, lease, now));
  }

  @Override
  public Future<KeyPage> list(String prefix, Which which, int limit, @Nullable String cursor) {
    long now = clock.millis();
    NavigableSet<String> first = new TreeSet<>();
    claims.forEach(
        (key, claim) -> {
          if (which.fits(claim, now)) {
            keep(first, key, prefix, limit, cursor);
          }
        });
    leases.forEach(
        (key, lease) -> {
          if (which.fits(lease, now)) {
            keep(first, key, prefix, limit, cursor);
          }
        });
    boolean isMore = first.size() > limit;
    if (isMore) {
      first.pollLast();
    }
    List<KeyView> keys = first.stream().map(key -> viewOf(key, now)).filter(which::fits).toList();
    return Future.succeededFuture(new KeyPage(keys, isMore ? first.last() : null));
  }

  /** Of all that fit, the first ones in order, and one more that tells of further ones. */
  private static void keep(
      NavigableSet<String> first, String key, String prefix, int limit, @Nullable String cursor) {
    if (key.startsWith(prefix) && (cursor == null || key.compareTo(cursor) > 0)) {
      first.add(key);
      if (first.size() > limit + 1) {
        first.pollLast();
      }
    }
  }

  private KeyView viewOf(String key, long now) {
    return KeyView.of(key, claims.get(key), leases.get(key), now);
  }
}
