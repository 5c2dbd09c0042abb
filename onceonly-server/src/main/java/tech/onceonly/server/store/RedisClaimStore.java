package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Claims and leases in a Redis, which any number of servers share. Each operation is one script on
 * one Redis key; check-locks that are asked together share one where all keys lie on one node. What
 * has been answered is as durable as that Redis and its replicas are.
 *
 * <p>How many keys it holds is for the Redis to bound, by {@code maxmemory}: what it has no room
 * for is refused, see {@link #open}.
 */
public final class RedisClaimStore implements ClaimStore {
  /** What waits for Redis, in memory; beyond it calls are refused. */
  private static final long MAX_WAITING_BYTES = 64L * 1024 * 1024;

  /** Of what is written, by {@link RedisScript}s; another one is another format. */
  private static final String FORMAT = "2";

  /** Redis stands still while it carries out a script: half a millisecond for so many claims. */
  private static final int MAX_CLAIMS_TOGETHER = 128;

  private final Vertx vertx;
  private final RedisSettings settings;
  private final @Nullable InstantSource clock;
  private final RedisOutages outages = new RedisOutages();
  private final RedisEvictions evictions = new RedisEvictions();
  private final AtomicLong waitingBytes = new AtomicLong();

  /** By the thread of their event loop. */
  private final Map<Thread, RedisLane> lanes = new ConcurrentHashMap<>();

  private volatile boolean closed;

  private RedisClaimStore(Vertx vertx, RedisSettings settings, @Nullable InstantSource clock) {
    this.vertx = vertx;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Opens the store, and looks whether the Redis fits: it is there, is of the kind that the
   * settings tell, evicts no keys, and what servers have written there is of this format.
   *
   * @param vertx whose event loops ask; not closed with the store
   * @param clock tells the time for every TTL; null for Redis's own, which all servers share
   * @return fails with a {@link StoreOpenException} where it does not fit
   */
  public static Future<RedisClaimStore> open(
      Vertx vertx, RedisSettings settings, @Nullable InstantSource clock) {
    RedisClaimStore store = new RedisClaimStore(vertx, settings, clock);
    return store
        .onLane(lane -> RedisCheck.on(lane, settings))
        .compose(fits -> store.checkFormat())
        .onSuccess(fits -> store.outages.tellFromNowOn())
        .map(fits -> store)
        .recover(
            fault -> store.close().transform(ended -> Future.<RedisClaimStore>failedFuture(fault)));
  }

  @Override
  public Future<CheckLockAnswer> checkLock(
      String key, long ttlSeconds, String requestId, @Nullable Fingerprint fingerprint) {
    RedisClaims claims = newClaims(ttlSeconds);
    Future<CheckLockAnswer> answer = claims.add(nameOf(key), requestId, fingerprint);
    send(claims);
    return answer;
  }

  @Override
  public Future<Boolean> release(String key, String requestId) {
    return ask(RedisScript.RELEASE, key, RedisReplies::release, null, requestId);
  }

  @Override
  public Future<LeaseAnswer> lease(
      String key, long ttlSeconds, String leaseId, @Nullable Fingerprint fingerprint) {
    return ask(
        RedisScript.LEASE,
        key,
        RedisReplies::lease,
        new LeaseAnswer.Full(),
        Long.toString(ttlSeconds),
        leaseId,
        Fingerprint.textOf(fingerprint));
  }

  @Override
  public Future<SettleAnswer> extend(String key, String leaseId, long ttlSeconds) {
    return settle(key, leaseId, "held", ttlSeconds, null, null, null);
  }

  @Override
  public Future<SettleAnswer> complete(
      String key, String leaseId, @Nullable ResultJson result, @Nullable String resultHash) {
    return settle(key, leaseId, "completed", 0, resultHash, null, result);
  }

  @Override
  public Future<SettleAnswer> fail(String key, String leaseId, String errorCode) {
    return settle(key, leaseId, "failed", 0, null, errorCode, null);
  }

  @Override
  public Future<SettleAnswer> cancel(String key, String leaseId) {
    return settle(key, leaseId, "cancelled", 0, null, null, null);
  }

  @Override
  public Future<LeaseView> find(String key) {
    return ask(RedisScript.FIND, key, RedisReplies::view, null);
  }

  @Override
  public void together(Consumer<ClaimStore> calls) {
    RedisTogether together = new RedisTogether(this);
    try {
      calls.accept(together);
    } finally {
      together.sendGathered();
    }
  }

  @Override
  public KeyStore keys() {
    return new RedisKeyStore(this);
  }

  @Override
  public long evictingNodes() {
    return evictions.count();
  }

  @Override
  public void housekeep() {
    // Redis forgets by itself what has expired.
  }

  @Override
  public Future<Void> close() {
    closed = true;
    List<Future<Void>> ended = new ArrayList<>();
    for (RedisLane lane : lanes.values()) {
      Promise<Void> end = Promise.promise();
      lane.context()
          .runOnContext(
              unused -> {
                lane.close();
                end.complete();
              });
      ended.add(end.future());
    }
    return Future.join(ended).mapEmpty();
  }

  /** What all Redis keys of this store begin with. */
  String namePrefix() {
    return settings.prefix() + ":";
  }

  String nameOf(String key) {
    return settings.prefix() + ":" + key;
  }

  /** Of that TTL, and none yet. */
  RedisClaims newClaims(long ttlSeconds) {
    return new RedisClaims(moment(), ttlSeconds);
  }

  /** How many keys one script may have. Those of a cluster may lie on any of its nodes. */
  int maxClaimsTogether() {
    return settings.isCluster() ? 1 : MAX_CLAIMS_TOGETHER;
  }

  void send(RedisAsked asked) {
    long bytes = asked.bytes();
    if (waitingBytes.addAndGet(bytes) > MAX_WAITING_BYTES) {
      waitingBytes.addAndGet(-bytes);
      asked.failed(new StoreUnavailableException("More operations wait for Redis than may", null));
      return;
    }
    asked.whenEnded(() -> waitingBytes.addAndGet(-bytes));
    onLane(
        lane -> {
          lane.ask(asked);
          return Future.succeededFuture();
        });
  }

  /**
   * @param script {@link RedisScript#INSPECT}, or {@link RedisScript#FREE}
   */
  Future<KeyView> look(RedisScript script, String key) {
    return ask(script, key, reply -> RedisReplies.look(key, reply), null);
  }

  /** Does it on an event loop of this store's Vert.x: the caller's, if it is one. */
  <A> Future<A> onLane(Function<RedisLane, Future<A>> work) {
    Context present = Vertx.currentContext();
    if (present != null && present.owner() == vertx && Context.isOnEventLoopThread()) {
      return work.apply(lane());
    }
    Promise<A> promise = Promise.promise();
    vertx.runOnContext(unused -> work.apply(lane()).onComplete(promise));
    return promise.future();
  }

  private Future<Void> checkFormat() {
    return askOf(
            settings.prefix() + ".format", RedisScript.FORMAT, Response::toString, null, FORMAT)
        .compose(
            format ->
                format.equals(FORMAT)
                    ? Future.succeededFuture()
                    : Future.failedFuture(RedisFaults.ofFormat(settings, format, FORMAT)),
            fault -> Future.failedFuture(RedisFaults.notOpened(settings, fault)));
  }

  private Future<SettleAnswer> settle(
      String key,
      String leaseId,
      String becomes,
      long ttlSeconds,
      @Nullable String hash,
      @Nullable String code,
      @Nullable ResultJson result) {
    return ask(
        RedisScript.SETTLE,
        key,
        RedisReplies::settle,
        null,
        leaseId,
        becomes,
        Long.toString(ttlSeconds),
        marked(hash),
        marked(code),
        marked(result == null ? null : new String(result.utf8(), UTF_8)));
  }

  /** So that an empty text and none are two things. */
  private static String marked(@Nullable String text) {
    return text == null ? "" : "=" + text;
  }

  private <A> Future<A> ask(
      RedisScript script,
      String key,
      Function<Response, A> reader,
      @Nullable A whenFull,
      String... arguments) {
    return askOf(nameOf(key), script, reader, whenFull, arguments);
  }

  private <A> Future<A> askOf(
      String name,
      RedisScript script,
      Function<Response, A> reader,
      @Nullable A whenFull,
      String... arguments) {
    List<byte[]> all = new ArrayList<>(arguments.length + 1);
    all.add(moment());
    for (String argument : arguments) {
      all.add(argument.getBytes(UTF_8));
    }
    RedisStep<A> step = new RedisStep<>(script, name.getBytes(UTF_8), all, reader, whenFull);
    send(step);
    return step.future();
  }

  /** As the scripts take it. */
  private byte[] moment() {
    return (clock == null ? "" : Long.toString(clock.millis())).getBytes(UTF_8);
  }

  private RedisLane lane() {
    RedisLane lane =
        lanes.computeIfAbsent(
            Thread.currentThread(), loop -> new RedisLane(vertx, settings, outages, evictions));
    if (closed) {
      lane.close();
    }
    return lane;
  }
}
