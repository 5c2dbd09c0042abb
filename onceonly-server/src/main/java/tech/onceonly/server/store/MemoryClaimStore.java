package tech.onceonly.server.store;

import io.vertx.core.Future;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Claims and leases in this process's heap: gone when it ends. Expiry is checked whenever a key is
 * read; housekeeping only frees memory, a bounded slice at a time.
 */
public final class MemoryClaimStore implements ClaimStore {
  private static final Future<Boolean> TRUE = Future.succeededFuture(true);
  private static final Future<Boolean> FALSE = Future.succeededFuture(false);

  /** A whole round of housekeeping takes about a minute, however many keys there are. */
  private static final int SLICES_PER_ROUND = 600;

  private static final int SMALLEST_SLICE = 1_000;

  /** What a caller that meets a full store clears away itself before it is refused. */
  private static final int SLICE_WHEN_FULL = 64;

  private final InstantSource clock;
  private final Capacity capacity;
  private final ExpiringMap<Claim> claims;
  private final ExpiringMap<Lease> leases;
  private final ResultBudget results;
  private final KeyStore keys;

  public MemoryClaimStore(InstantSource clock, int maxKeys, long maxResultBytes) {
    this.clock = clock;
    this.capacity = new Capacity(maxKeys);
    this.results = new ResultBudget(maxResultBytes);
    this.claims = new ExpiringMap<>(capacity, claim -> {});
    this.leases = new ExpiringMap<>(capacity, lease -> results.free(lease.resultLength()));
    this.keys = new MemoryKeyStore(clock, claims, leases);
  }

  @Override
  public Future<CheckLockAnswer> checkLock(
      String key, long ttlSeconds, String requestId, @Nullable Fingerprint fingerprint) {
    while (true) {
      long now = clock.millis();
      Claim present = claims.get(key);
      if (present != null && present.refuses(requestId, now)) {
        return Future.succeededFuture(present.answerTo(requestId, fingerprint, now));
      }
      Claim won = Claim.won(present, requestId, ttlSeconds, fingerprint, now);
      switch (swap(claims, key, present, won)) {
        case DONE -> {
          return Future.succeededFuture(won.locked());
        }
        case FULL -> {
          return Future.succeededFuture(CheckLockAnswer.FULL);
        }
        case LOST_RACE -> {
          // Another changed the key in between: look again.
        }
      }
    }
  }

  @Override
  public Future<Boolean> release(String key, String requestId) {
    while (true) {
      long now = clock.millis();
      Claim present = claims.get(key);

      if (present != null && present.isLive(now) && !present.wasWonBy(requestId)) {
        return FALSE;
      }
      switch (swap(claims, key, present, Claim.released(present, requestId, now))) {
        case DONE -> {
          return present != null && present.isLive(now) ? TRUE : FALSE;
        }
        case FULL -> {
          return Future.failedFuture(StoreUnavailableException.fullForReleases());
        }
        case LOST_RACE -> {
          // Another changed the key in between: look again.
        }
      }
    }
  }

  @Override
  public Future<LeaseAnswer> lease(
      String key, long ttlSeconds, String leaseId, @Nullable Fingerprint fingerprint) {
    while (true) {
      long now = clock.millis();
      Lease present = leases.get(key);
      if (present != null && present.isTaken(now)) {
        return Future.succeededFuture(present.answerTo(fingerprint, now));
      }
      Lease won = LeaseSteps.won(present, leaseId, ttlSeconds, fingerprint, now);
      switch (swap(leases, key, present, won)) {
        case DONE -> {
          return Future.succeededFuture(new LeaseAnswer.Acquired(won.view(now)));
        }
        case FULL -> {
          return Future.succeededFuture(new LeaseAnswer.Full());
        }
        case LOST_RACE -> {
          // Another changed the key in between: look again.
        }
      }
    }
  }

  @Override
  public Future<SettleAnswer> extend(String key, String leaseId, long ttlSeconds) {
    return settle(key, leaseId, LeaseSteps.extend(ttlSeconds));
  }

  @Override
  public Future<SettleAnswer> complete(
      String key, String leaseId, @Nullable ResultJson result, @Nullable String resultHash) {
    return settle(key, leaseId, LeaseSteps.complete(result, resultHash, results::take));
  }

  @Override
  public Future<SettleAnswer> fail(String key, String leaseId, String errorCode) {
    return settle(key, leaseId, LeaseSteps.fail(errorCode));
  }

  @Override
  public Future<SettleAnswer> cancel(String key, String leaseId) {
    return settle(key, leaseId, LeaseSteps.cancel());
  }

  @Override
  public Future<LeaseView> find(String key) {
    return Future.succeededFuture(Lease.viewOf(leases.get(key), clock.millis()));
  }

  @Override
  public KeyStore keys() {
    return keys;
  }

  @Override
  public void housekeep() {
    clearAway(Math.max(SMALLEST_SLICE, capacity.used() / SLICES_PER_ROUND), false);
  }

  @Override
  public Future<Void> clear() {
    claims.clear();
    leases.clear();
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> close() {
    return clear();
  }

  @Override
  public long size() {
    return capacity.used();
  }

  @Override
  public long resultBytes() {
    return results.used();
  }

  private Future<SettleAnswer> settle(String key, String leaseId, LeaseSteps.Step step) {
    while (true) {
      long now = clock.millis();
      Lease present = leases.get(key);
      Lease next = LeaseSteps.taken(step, present, leaseId, now);
      if (present == null || next == null) {
        return Future.succeededFuture(new SettleAnswer.Lost(Lease.viewOf(present, now)));
      }
      if (next == present || leases.replace(key, present, next)) {
        return Future.succeededFuture(new SettleAnswer.Settled(next.view(now)));
      }
      results.free(next.resultLength());
    }
  }

  private <V> ExpiringMap.Swap swap(ExpiringMap<V> map, String key, @Nullable V present, V next) {
    ExpiringMap.Swap swap = map.swap(key, present, next);
    if (swap != ExpiringMap.Swap.FULL) {
      return swap;
    }
    clearAway(SLICE_WHEN_FULL, true);
    return map.swap(key, present, next);
  }

  private void clearAway(int entries, boolean forWantOfRoom) {
    long now = clock.millis();
    // Released claims and lapsed leases are kept for what comes late, and go when room is wanted.
    claims.clearAway(
        entries, claim -> claim.isForgotten(now) || (forWantOfRoom && !claim.isLive(now)));
    leases.clearAway(
        entries, lease -> lease.isForgotten(now) || (forWantOfRoom && lease.isFree(now)));
  }
}
