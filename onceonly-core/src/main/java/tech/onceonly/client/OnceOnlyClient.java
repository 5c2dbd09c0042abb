package tech.onceonly.client;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tech.onceonly.ClaimService;

/**
 * The client of the OnceOnly API. Thread-safe; one for a whole application is right.
 *
 * <p>Every method returns at once. What it returns completes within the call's timeout, with a
 * value or with an {@link OnceOnlyException}, on an event loop's thread: do not block there.
 * Cancelling it drops the call where it has not been sent, else its answer. Wrong arguments throw
 * {@link IllegalArgumentException} from the method itself; nothing else does. {@link #sync} gives
 * the same methods blocking.
 *
 * <p>An outage gives a result of its own type, never a claim, to {@link #checkLock} and {@link
 * #lease} where the options say to fail open; all other methods, and those where they do not, end
 * exceptionally. An answer that says no (401, 402, 403, 422, 429), and a server whose certificate
 * does not verify, never fail open.
 *
 * <p>It promises neither that a call in doubt took effect nor that it did not: see {@link
 * OnceOnlyException#inDoubt}.
 */
public final class OnceOnlyClient implements AutoCloseable {

  private final ClientOptions options;
  private final Wire wire;
  private final ClaimAnswers claims;
  private final AccountAnswers account;
  private final KeyCalls keys;
  private final Dispatcher dispatcher;
  private final Runnable releaseVertx;
  private final ClientTimer timer = new ClientTimer();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final ClaimService claimService;
  private final SyncOnceOnlyClient sync;

  private OnceOnlyClient(ClientOptions options, Vertx vertx, Runnable releaseVertx) {
    this.options = options;
    this.releaseVertx = releaseVertx;
    this.wire = new Wire(options.baseUrl());
    Errors errors = new Errors(options.apiKey(), options.retries().maxRetryAfter());
    this.claims = new ClaimAnswers(errors);
    this.account = new AccountAnswers(errors);
    this.dispatcher = new Dispatcher(options, vertx, wire, errors);
    this.keys = new KeyCalls(dispatcher, wire, account, errors);
    this.claimService = new HttpClaimService(this, wire, dispatcher, claims, account);
    this.sync = new SyncOnceOnlyClient(this, options.requestTimeout());
  }

  /**
   * A client with these settings. It connects with its first call.
   *
   * @throws IllegalArgumentException if the trust store cannot be read
   */
  public static OnceOnlyClient create(ClientOptions options) {
    Vertx given = options.vertx();
    if (given != null) {
      return new OnceOnlyClient(options, given, () -> {});
    }
    Vertx shared = SharedVertx.OF_THE_JVM.acquire();
    try {
      return new OnceOnlyClient(options, shared, SharedVertx.OF_THE_JVM::release);
    } catch (RuntimeException e) {
      SharedVertx.OF_THE_JVM.release();
      throw e;
    }
  }

  /** Claims a key, with the plan's TTL. */
  public CompletableFuture<CheckLockResult> checkLock(String key) {
    return checkLock(KeyRequest.of(key));
  }

  /** Claims a key for whole seconds. */
  public CompletableFuture<CheckLockResult> checkLock(String key, Duration ttl) {
    return checkLock(KeyRequest.of(key).withTtl(ttl));
  }

  /** Claims a key. */
  public CompletableFuture<CheckLockResult> checkLock(KeyRequest request) {
    return dispatcher.call(
        wire.checkLock(request, dispatcher.extensions()),
        request.timeout(),
        (answer, id) -> claims.checkLock(request, answer, id),
        (failure, id) -> failedOpen(request, failure));
  }

  /** Asks for a lease, with the plan's TTL. */
  public CompletableFuture<LeaseResult> lease(String key) {
    return lease(KeyRequest.of(key));
  }

  /** Asks for a lease of whole seconds. */
  public CompletableFuture<LeaseResult> lease(String key, Duration ttl) {
    return lease(KeyRequest.of(key).withTtl(ttl));
  }

  /** Asks for a lease. */
  public CompletableFuture<LeaseResult> lease(KeyRequest request) {
    return dispatcher.call(
        wire.lease(request, dispatcher.extensions()),
        request.timeout(),
        (answer, id) -> claims.lease(request, answer),
        (failure, id) -> leaseFailedOpen(request, failure));
  }

  /**
   * The heartbeat of a lease.
   *
   * @param ttl from now; null for what it had
   */
  public CompletableFuture<LeaseState> extend(String key, String leaseId, @Nullable Duration ttl) {
    KeyRequest.checkTtl(ttl);
    return settle(key, wire.extend(key, leaseId, ttl));
  }

  /** The work is done, with nothing to tell later callers. */
  public CompletableFuture<LeaseState> complete(String key, String leaseId) {
    return complete(key, leaseId, null, null);
  }

  /**
   * The work is done.
   *
   * @param result kept for later callers; anything that Jackson can write; null for none
   * @param resultHash of the result, for those who compare; null for none
   */
  public CompletableFuture<LeaseState> complete(
      String key, String leaseId, @Nullable Object result, @Nullable String resultHash) {
    return settle(key, wire.complete(key, leaseId, result, resultHash));
  }

  /** The work has failed for good: nobody will get this key again. */
  public CompletableFuture<LeaseState> fail(String key, String leaseId, String errorCode) {
    return settle(key, wire.fail(key, leaseId, errorCode, null));
  }

  /** Gives a lease back, so that another may take it at once. */
  public CompletableFuture<LeaseState> cancel(String key, String leaseId, @Nullable String reason) {
    return settle(key, wire.cancel(key, leaseId, reason));
  }

  /**
   * Gives a check-lock claim back, where the server {@link #canRelease takes them back}.
   *
   * @param requestId of the call that won the claim
   */
  public CompletableFuture<LeaseState> release(String key, String requestId) {
    return settle(key, wire.release(key, requestId));
  }

  /** Whether the server has declared, on its latest answer, that it takes claims back. */
  public boolean canRelease() {
    return dispatcher.extensions().release();
  }

  boolean isClosed() {
    return closed.get();
  }

  /** Whether the server may yet declare that, having answered nothing so far. */
  boolean mayRelease() {
    return canRelease() || !dispatcher.extensions().known();
  }

  /** How a lease stands. */
  public CompletableFuture<LeaseState> status(String key) {
    KeyRequest.checkKey(key);
    return call(wire.get("/ai/status", "key", key), answer -> account.state(key, answer));
  }

  /** What the work under a lease came to. */
  public CompletableFuture<StoredResult> result(String key) {
    KeyRequest.checkKey(key);
    return call(wire.get("/ai/result", "key", key), answer -> account.result(key, answer));
  }

  /**
   * What holds a key, whoever it is. As the two that follow it, for API keys of the project's own
   * server that have the admin role; for others it ends with {@link KeysNotOfferedException}, and
   * nothing is asked of the key. As long as that is not known it takes a call more, and up to twice
   * the timeout.
   */
  public CompletableFuture<KeyState> inspect(String key) {
    return keys.inspect(key);
  }

  /**
   * Frees a key, whoever holds it and whatever became of it, so that its effect can run again: for
   * a replay. Its owner's later calls are answered as those of a lost lease. A listener that is at
   * work on it goes on: look at {@link #inspect} first. It is not repeated where it is in doubt.
   *
   * @return what held it until now
   */
  public CompletableFuture<KeyState> releaseKey(String key) {
    return keys.release(key);
  }

  /**
   * Held keys that begin so, in an order of the server's own.
   *
   * @param limit of one page: 1 to 1,000
   * @param cursor of the page before; null for the first
   */
  public CompletableFuture<KeyPage> listKeys(String prefix, int limit, @Nullable String cursor) {
    return keys.list(prefix, limit, cursor);
  }

  /** Whether the server has declared, on its latest answer, that this API key may see keys. */
  public boolean canSeeKeys() {
    return dispatcher.extensions().keys();
  }

  /** Whose API key it is: also the way to check it. */
  public CompletableFuture<Account> me() {
    return call(wire.get("/me"), account::account);
  }

  /** What the plan has used up. */
  public CompletableFuture<Usage> usage(UsageKind kind) {
    return call(wire.get("/usage", "kind", kind.word()), account::usage);
  }

  /** What the plan has used up, of all kinds; as the service says it. */
  public CompletableFuture<Map<String, Object>> usageAll() {
    return call(wire.get("/usage/all"), account::fields);
  }

  /** The latest events; as the service says them. */
  public CompletableFuture<List<Map<String, Object>>> events(int limit) {
    Checks.between("limit", 1, 10_000, limit);
    return call(wire.get("/events", "limit", Integer.toString(limit)), account::rows);
  }

  /** Figures by day, both days included; as the service says them. */
  public CompletableFuture<List<Map<String, Object>>> metrics(LocalDate from, LocalDate to) {
    return call(
        wire.get("/metrics", "from_day", from.toString(), "to_day", to.toString()), account::rows);
  }

  /** The same methods, for threads that may wait. */
  public SyncOnceOnlyClient sync() {
    return sync;
  }

  /** The port of the decision maker; closing it closes this client. */
  public ClaimService claimService() {
    return claimService;
  }

  /**
   * Ends calls in flight with {@link ClientClosedException}. Returns at once; twice is no fault.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      dispatcher.close();
      timer.close();
      releaseVertx.run();
    }
  }

  @Override
  public String toString() {
    return "OnceOnlyClient[" + options + "]";
  }

  ClientTimer timer() {
    return timer;
  }

  LongSupplier nanoClock() {
    return options.nanoClock();
  }

  private CompletableFuture<LeaseState> settle(String key, Wire.Request request) {
    return call(request, answer -> account.settled(key, answer));
  }

  private <T> CompletableFuture<T> call(Wire.Request request, Function<Answer, T> decoder) {
    return dispatcher.call(
        request, null, (answer, id) -> decoder.apply(answer), (failure, id) -> null);
  }

  private @Nullable CheckLockResult failedOpen(KeyRequest request, OnceOnlyException failure) {
    return options.failOpen() && failure.outage() != null
        ? new CheckLockResult.FailOpen(request.key(), failure.outage(), failure.inDoubt(), failure)
        : null;
  }

  private @Nullable LeaseResult leaseFailedOpen(KeyRequest request, OnceOnlyException failure) {
    return options.failOpen() && failure.outage() != null
        ? new LeaseResult.FailOpen(request.key(), failure.outage(), failure.inDoubt(), failure)
        : null;
  }
}
