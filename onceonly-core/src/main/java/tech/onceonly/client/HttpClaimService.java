package tech.onceonly.client;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.ClaimService;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.OutageReason;
import tech.onceonly.SettleAnswer;

/** The port over HTTP: every outcome a value, whatever the client's own fail-open setting says. */
final class HttpClaimService implements ClaimService {

  private static final SettleAnswer DONE = new SettleAnswer.Done();

  private final OnceOnlyClient client;
  private final Wire wire;
  private final Dispatcher dispatcher;
  private final ClaimAnswers claims;
  private final AccountAnswers settles;

  HttpClaimService(
      OnceOnlyClient client,
      Wire wire,
      Dispatcher dispatcher,
      ClaimAnswers claims,
      AccountAnswers settles) {
    this.client = client;
    this.wire = wire;
    this.dispatcher = dispatcher;
    this.claims = claims;
    this.settles = settles;
  }

  @Override
  public CompletionStage<ClaimAnswer> checkLock(ClaimRequest request) {
    KeyRequest asked = asked(request);
    Wire.Request written;
    try {
      written = wire.checkLock(asked, dispatcher.extensions());
    } catch (IllegalArgumentException e) {
      return refused(e);
    }
    return dispatcher.call(
        written,
        request.repeatOf(),
        request.timeout(),
        (answer, id) -> claimAnswer(claims.checkLock(asked, answer, id)),
        HttpClaimService::notClaimed);
  }

  @Override
  public CompletionStage<ClaimAnswer> lease(ClaimRequest request) {
    KeyRequest asked = asked(request);
    Wire.Request written;
    try {
      written = wire.lease(asked, dispatcher.extensions());
    } catch (IllegalArgumentException e) {
      return refused(e);
    }
    return dispatcher.call(
        written,
        request.timeout(),
        (answer, id) -> claimAnswer(claims.lease(asked, answer)),
        HttpClaimService::notClaimed);
  }

  @Override
  public CompletionStage<SettleAnswer> extend(
      IdempotencyKey key, String leaseId, Duration ttl, Duration timeout) {
    return settle(key, wire.extend(key.value(), leaseId, wholeSeconds(ttl)), timeout);
  }

  @Override
  public CompletionStage<SettleAnswer> complete(
      IdempotencyKey key, String leaseId, Duration timeout) {
    return settle(key, wire.complete(key.value(), leaseId, null, null), timeout);
  }

  @Override
  public CompletionStage<SettleAnswer> cancel(
      IdempotencyKey key, String leaseId, String reason, Duration timeout) {
    return settle(key, wire.cancel(key.value(), leaseId, reason), timeout);
  }

  @Override
  public CompletionStage<SettleAnswer> release(
      IdempotencyKey key, String requestId, Duration timeout) {
    return settle(key, wire.release(key.value(), requestId), timeout);
  }

  @Override
  public void together(Runnable calls) {
    dispatcher.together(calls);
  }

  @Override
  public boolean mayRelease() {
    return client.mayRelease();
  }

  @Override
  public boolean canRelease() {
    return client.canRelease();
  }

  @Override
  public boolean canReplay() {
    return dispatcher.extensions().replay();
  }

  @Override
  public void close() {
    client.close();
  }

  private static KeyRequest asked(ClaimRequest request) {
    Duration ttl = request.ttl();
    Map<String, Object> metadata = request.metadata();
    return new KeyRequest(
        request.key().value(),
        ttl == null ? null : wholeSeconds(ttl),
        metadata,
        request.fingerprint(),
        null);
  }

  /** Rounded up: a claim that ends early is worse than one that ends late. */
  private static Duration wholeSeconds(Duration ttl) {
    long seconds = ttl.getNano() == 0 ? ttl.getSeconds() : ttl.getSeconds() + 1;
    return Duration.ofSeconds(Math.max(1, seconds));
  }

  private CompletionStage<SettleAnswer> settle(
      IdempotencyKey key, Wire.Request request, Duration timeout) {
    return dispatcher.call(
        request,
        timeout,
        (answer, id) -> {
          settles.settled(key.value(), answer);
          return DONE;
        },
        HttpClaimService::notSettled);
  }

  private static ClaimAnswer claimAnswer(CheckLockResult result) {
    if (result instanceof CheckLockResult.Locked locked) {
      return new ClaimAnswer.Locked(locked.requestId(), locked.ttl());
    }
    if (result instanceof CheckLockResult.Duplicate duplicate) {
      return new ClaimAnswer.Duplicate(duplicate.firstSeenAt(), duplicate.fingerprintMismatch());
    }
    throw new IllegalStateException("an answer gives no fail-open result: " + result);
  }

  private static ClaimAnswer claimAnswer(LeaseResult result) {
    if (result instanceof LeaseResult.Acquired acquired) {
      return new ClaimAnswer.Acquired(acquired.leaseId(), acquired.version(), acquired.ttl());
    }
    if (result instanceof LeaseResult.InProgress progress) {
      return new ClaimAnswer.InProgress(
          progress.retryAfter() != null ? progress.retryAfter() : progress.ttlLeft());
    }
    if (result instanceof LeaseResult.Completed completed) {
      return new ClaimAnswer.Completed(completed.doneAt(), completed.fingerprintMismatch());
    }
    if (result instanceof LeaseResult.Failed failed) {
      return new ClaimAnswer.Failed(failed.errorCode(), failed.fingerprintMismatch());
    }
    throw new IllegalStateException("an answer gives no fail-open result: " + result);
  }

  private static ClaimAnswer notClaimed(OnceOnlyException failure, String sentRequestId) {
    OutageReason outage = outage(failure);
    if (outage != null) {
      return new ClaimAnswer.Unavailable(
          outage,
          failure.inDoubt(),
          failure.inDoubt() ? sentRequestId : null,
          String.valueOf(failure.getMessage()));
    }
    if (failure instanceof RateLimitException limit) {
      return new ClaimAnswer.Throttled(limit.retryAfter());
    }
    if (failure instanceof ClientBusyException) {
      // Not an outage: what has not been asked must not run unprotected, but be asked later.
      return new ClaimAnswer.Throttled(null);
    }
    return new ClaimAnswer.Refused(failure, failure instanceof ValidationException);
  }

  private static SettleAnswer notSettled(OnceOnlyException failure, String sentRequestId) {
    String message = String.valueOf(failure.getMessage());
    if (outage(failure) != null || failure instanceof ClientBusyException) {
      return new SettleAnswer.NotNow(message, null);
    }
    if (failure instanceof RateLimitException limit) {
      return new SettleAnswer.NotNow(message, limit.retryAfter());
    }
    if (failure instanceof LeaseLostException) {
      return new SettleAnswer.LeaseLost(message);
    }
    return new SettleAnswer.Refused(failure, failure instanceof ValidationException);
  }

  private static @Nullable OutageReason outage(OnceOnlyException failure) {
    return failure instanceof ClientClosedException ? OutageReason.REQUEST_ERROR : failure.outage();
  }

  private static CompletionStage<ClaimAnswer> refused(RuntimeException cause) {
    return CompletableFuture.completedFuture(new ClaimAnswer.Refused(cause, true));
  }
}
