package tech.onceonly.server.store;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A script on one key, which has one answer. */
final class RedisStep<A> extends RedisAsked {
  private final RedisScript script;
  private final Function<Response, A> reader;
  private final @Nullable A whenFull;
  private final Promise<A> promise = Promise.promise();

  /**
   * @param name of the Redis key
   * @param whenFull the answer where Redis has no room; null where that is no answer
   */
  RedisStep(
      RedisScript script,
      byte[] name,
      List<byte[]> arguments,
      Function<Response, A> reader,
      @Nullable A whenFull) {
    super(script, List.of(name), arguments);
    this.script = script;
    this.reader = reader;
    this.whenFull = whenFull;
  }

  Future<A> future() {
    return promise.future();
  }

  @Override
  boolean carriedOut(Response reply) {
    return script.tellsOfWrite(reply);
  }

  @Override
  @Nullable RedisException giveAnswers(Response reply) {
    A answer;
    try {
      answer = reader.apply(reply);
    } catch (RuntimeException e) {
      promise.fail(RedisReplies.notOurs(e));
      return null;
    }
    promise.complete(answer);
    return null;
  }

  @Override
  void giveFull() {
    if (whenFull == null) {
      promise.fail(new StoreUnavailableException("Redis is full", null));
    } else {
      promise.complete(whenFull);
    }
  }

  @Override
  void giveFault(Throwable cause) {
    promise.fail(cause);
  }
}
