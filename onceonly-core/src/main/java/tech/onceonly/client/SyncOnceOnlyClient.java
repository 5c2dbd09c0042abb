package tech.onceonly.client;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tech.onceonly.BlockingBridge;

/**
 * {@link OnceOnlyClient} for threads that may wait. Each method gives the value, or throws the
 * {@link OnceOnlyException}, that the method of the same name completes with; see there. An
 * interrupt ends the wait with {@link InterruptedCallException} and stays set. Thread-safe.
 *
 * <p>On a Vert.x event loop, which would wait for itself, each method throws {@link
 * IllegalStateException} and asks nothing.
 */
public final class SyncOnceOnlyClient {

  /** The call ends itself by its timeout; this is for the case that even its event loop hangs. */
  private static final Duration MARGIN = Duration.ofSeconds(1);

  private final OnceOnlyClient client;
  private final Duration requestTimeout;

  SyncOnceOnlyClient(OnceOnlyClient client, Duration requestTimeout) {
    this.client = client;
    this.requestTimeout = requestTimeout;
  }

  public CheckLockResult checkLock(String key) {
    return checkLock(KeyRequest.of(key));
  }

  public CheckLockResult checkLock(String key, Duration ttl) {
    return checkLock(KeyRequest.of(key).withTtl(ttl));
  }

  public CheckLockResult checkLock(KeyRequest request) {
    return await(() -> client.checkLock(request), request.timeout());
  }

  public LeaseResult lease(String key) {
    return lease(KeyRequest.of(key));
  }

  public LeaseResult lease(String key, Duration ttl) {
    return lease(KeyRequest.of(key).withTtl(ttl));
  }

  public LeaseResult lease(KeyRequest request) {
    return await(() -> client.lease(request), request.timeout());
  }

  public LeaseState extend(String key, String leaseId, @Nullable Duration ttl) {
    return await(() -> client.extend(key, leaseId, ttl), null);
  }

  public LeaseState complete(String key, String leaseId) {
    return await(() -> client.complete(key, leaseId), null);
  }

  public LeaseState complete(
      String key, String leaseId, @Nullable Object result, @Nullable String resultHash) {
    return await(() -> client.complete(key, leaseId, result, resultHash), null);
  }

  public LeaseState fail(String key, String leaseId, String errorCode) {
    return await(() -> client.fail(key, leaseId, errorCode), null);
  }

  public LeaseState cancel(String key, String leaseId, @Nullable String reason) {
    return await(() -> client.cancel(key, leaseId, reason), null);
  }

  public LeaseState release(String key, String requestId) {
    return await(() -> client.release(key, requestId), null);
  }

  public LeaseState status(String key) {
    return await(() -> client.status(key), null);
  }

  public StoredResult result(String key) {
    return await(() -> client.result(key), null);
  }

  public KeyState inspect(String key) {
    return await(() -> client.inspect(key), requestTimeout.multipliedBy(2));
  }

  public KeyState releaseKey(String key) {
    return await(() -> client.releaseKey(key), requestTimeout.multipliedBy(2));
  }

  public KeyPage listKeys(String prefix, int limit, @Nullable String cursor) {
    return await(() -> client.listKeys(prefix, limit, cursor), requestTimeout.multipliedBy(2));
  }

  public Account me() {
    return await(client::me, null);
  }

  public Usage usage(UsageKind kind) {
    return await(() -> client.usage(kind), null);
  }

  public Map<String, Object> usageAll() {
    return await(client::usageAll, null);
  }

  public List<Map<String, Object>> events(int limit) {
    return await(() -> client.events(limit), null);
  }

  public List<Map<String, Object>> metrics(LocalDate from, LocalDate to) {
    return await(() -> client.metrics(from, to), null);
  }

  private <T> T await(Supplier<CompletableFuture<T>> ask, @Nullable Duration timeout) {
    EventLoops.refuseToBlock();
    CompletableFuture<T> call = ask.get();
    Duration bound = (timeout == null ? requestTimeout : timeout).plus(MARGIN);
    try {
      return BlockingBridge.await(call, bound);
    } catch (InterruptedException e) {
      call.cancel(false);
      Thread.currentThread().interrupt();
      throw new InterruptedCallException(e);
    } catch (TimeoutException e) {
      call.cancel(false);
      throw Failures.timeout(true);
    }
  }
}
