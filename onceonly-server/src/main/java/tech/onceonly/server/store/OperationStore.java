package tech.onceonly.server.store;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Makes each call an operation on a {@link RocksTables}, and leaves it open how that is asked. */
abstract class OperationStore implements ClaimStore {

  /**
   * Asks for the operation.
   *
   * @param bytes what its texts take up
   */
  abstract <A> Future<A> ask(GroupWriter.Work<RocksTables, A> work, int bytes);

  @Override
  public Future<CheckLockAnswer> checkLock(
      String key, long ttlSeconds, String requestId, @Nullable Fingerprint fingerprint) {
    return ask(
        tables -> {
          long now = tables.now();
          Claim present = tables.claim(key);
          if (present != null && present.refuses(requestId, now)) {
            return present.answerTo(requestId, fingerprint, now);
          }
          Claim won = Claim.won(present, requestId, ttlSeconds, fingerprint, now);
          return tables.put(key, present, won) ? won.locked() : CheckLockAnswer.FULL;
        },
        bytesOf(key) + bytesOf(requestId));
  }

  @Override
  public Future<Boolean> release(String key, String requestId) {
    return ask(
        tables -> {
          long now = tables.now();
          Claim present = tables.claim(key);

          if (present != null && present.isLive(now) && !present.wasWonBy(requestId)) {
            return false;
          }
          if (!tables.put(key, present, Claim.released(present, requestId, now))) {
            throw StoreUnavailableException.fullForReleases();
          }
          return present != null && present.isLive(now);
        },
        bytesOf(key) + bytesOf(requestId));
  }

  @Override
  public Future<LeaseAnswer> lease(
      String key, long ttlSeconds, String leaseId, @Nullable Fingerprint fingerprint) {
    return ask(
        tables -> {
          long now = tables.now();
          Lease present = tables.lease(key);
          if (present != null && present.isTaken(now)) {
            return present.answerTo(fingerprint, now);
          }
          Lease won = LeaseSteps.won(present, leaseId, ttlSeconds, fingerprint, now);
          return tables.put(key, present, won)
              ? new LeaseAnswer.Acquired(won.view(now))
              : new LeaseAnswer.Full();
        },
        bytesOf(key) + bytesOf(leaseId));
  }

  @Override
  public Future<SettleAnswer> extend(String key, String leaseId, long ttlSeconds) {
    return settle(key, leaseId, tables -> LeaseSteps.extend(ttlSeconds), 0);
  }

  @Override
  public Future<SettleAnswer> complete(
      String key, String leaseId, @Nullable ResultJson result, @Nullable String resultHash) {
    return settle(
        key,
        leaseId,
        tables -> LeaseSteps.complete(result, resultHash, tables::hasRoomForResult),
        (result == null ? 0 : result.length()) + (resultHash == null ? 0 : bytesOf(resultHash)));
  }

  @Override
  public Future<SettleAnswer> fail(String key, String leaseId, String errorCode) {
    return settle(key, leaseId, tables -> LeaseSteps.fail(errorCode), bytesOf(errorCode));
  }

  @Override
  public Future<SettleAnswer> cancel(String key, String leaseId) {
    return settle(key, leaseId, tables -> LeaseSteps.cancel(), 0);
  }

  @Override
  public Future<LeaseView> find(String key) {
    return ask(tables -> Lease.viewOf(tables.lease(key), tables.now()), bytesOf(key));
  }

  static int bytesOf(String text) {
    return 2 * text.length();
  }

  private Future<SettleAnswer> settle(
      String key, String leaseId, GroupWriter.Work<RocksTables, LeaseSteps.Step> step, int bytes) {
    return ask(
        tables -> {
          long now = tables.now();
          Lease present = tables.lease(key);
          Lease next = LeaseSteps.taken(step.run(tables), present, leaseId, now);
          if (present == null || next == null) {
            return new SettleAnswer.Lost(Lease.viewOf(present, now));
          }
          if (next != present) {
            tables.put(key, present, next);
          }
          return new SettleAnswer.Settled(next.view(now));
        },
        bytesOf(key) + bytesOf(leaseId) + bytes);
  }
}
