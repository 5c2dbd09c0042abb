package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Check-locks of one TTL that one script carries out, each of another key. */
final class RedisClaims extends RedisAsked {
  private final List<byte[]> names;
  private final List<byte[]> arguments;
  private final long ttlSeconds;
  private final List<Promise<CheckLockAnswer>> promises = new ArrayList<>();

  /**
   * @param moment as the scripts take it
   */
  RedisClaims(byte[] moment, long ttlSeconds) {
    this(new ArrayList<>(), new ArrayList<>(), ttlSeconds);
    arguments.add(moment);
    arguments.add(Long.toString(ttlSeconds).getBytes(UTF_8));
  }

  private RedisClaims(List<byte[]> names, List<byte[]> arguments, long ttlSeconds) {
    super(RedisScript.CHECK_LOCK, names, arguments);
    this.names = names;
    this.arguments = arguments;
    this.ttlSeconds = ttlSeconds;
  }

  /**
   * Adds a key, which is not among them yet.
   *
   * @param name of the Redis key
   */
  Future<CheckLockAnswer> add(String name, String requestId, @Nullable Fingerprint fingerprint) {
    names.add(name.getBytes(UTF_8));
    String kept = ":" + ttlSeconds + ":" + Fingerprint.textOf(fingerprint) + ":" + requestId;
    arguments.add(kept.getBytes(UTF_8));
    Promise<CheckLockAnswer> promise = Promise.promise();
    promises.add(promise);
    return promise.future();
  }

  int size() {
    return promises.size();
  }

  /** That a key is another's is told at once: it is skipped rather than taken twice. */
  @Override
  boolean carriedOut(Response reply) {
    try {
      int left = promises.size();
      for (int i = 1; i < reply.size(); i++) {
        Response other = reply.get(i);
        if (!RedisReplies.promisesWrite(other)) {
          tell(other);
          left--;
        }
      }
      return left > 0;
    } catch (RuntimeException e) {
      giveFault(RedisReplies.notOurs(e));
      return false;
    }
  }

  @Override
  @Nullable RedisException giveAnswers(Response reply) {
    RedisException refusal = null;
    try {
      for (int i = 1; i < reply.size(); i++) {
        RedisException refused = tell(reply.get(i));
        refusal = refused == null ? refusal : refused;
      }
      CheckLockAnswer won = RedisReplies.won(reply, ttlSeconds);
      promises.forEach(promise -> promise.tryComplete(won));
    } catch (RuntimeException e) {
      giveFault(RedisReplies.notOurs(e));
    }
    return refusal;
  }

  @Override
  void giveFull() {
    promises.forEach(promise -> promise.tryComplete(CheckLockAnswer.FULL));
  }

  @Override
  void giveFault(Throwable cause) {
    promises.forEach(promise -> promise.tryFail(cause));
  }

  /** Of a key that was not won just now; gives why it was refused, if it was. */
  private @Nullable RedisException tell(Response other) {
    Promise<CheckLockAnswer> promise = promises.get(RedisReplies.place(other));
    RedisException refusal = RedisReplies.refusal(other);
    if (refusal == null) {
      promise.tryComplete(RedisReplies.checkLock(other));
    } else {
      promise.tryFail(refusedFor(refusal));
    }
    return refusal;
  }
}
