package tech.onceonly.server.store;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A step on its way to Redis, and where its answer goes. */
final class RedisAsked<A> {
  /** What it takes up while it waits, apart from its arguments. */
  private static final int OPERATION_BYTES = 512;

  private final RedisScript script;
  private final byte[] name;
  private final List<byte[]> arguments;
  private final Function<Response, A> reader;
  private final @Nullable A whenFull;
  private final Promise<A> promise = Promise.promise();
  private int attempts;
  private boolean withText;

  /**
   * @param name of the Redis key
   * @param whenFull the answer where Redis has no room; null where that is no answer
   */
  RedisAsked(
      RedisScript script,
      byte[] name,
      List<byte[]> arguments,
      Function<Response, A> reader,
      @Nullable A whenFull) {
    this.script = script;
    this.name = name;
    this.arguments = arguments;
    this.reader = reader;
    this.whenFull = whenFull;
  }

  Future<A> future() {
    return promise.future();
  }

  boolean tellsOfWrite(Response reply) {
    return script.tellsOfWrite(reply);
  }

  int slot() {
    return HashSlot.of(name);
  }

  int bytes() {
    int bytes = OPERATION_BYTES + name.length;
    for (byte[] argument : arguments) {
      bytes += argument.length;
    }
    return bytes;
  }

  /** How often it has been sent, so that being sent around ends. */
  int attempts() {
    return attempts;
  }

  /** From now on with the script itself, for a Redis that has not seen it. */
  void takeText() {
    withText = true;
  }

  /** What is sent next. */
  Request nextRequest() {
    attempts++;
    Request request =
        withText
            ? Request.cmd(Command.EVAL).arg(script.text())
            : Request.cmd(Command.EVALSHA).arg(script.sha1());
    request.arg(1).arg(name);
    arguments.forEach(request::arg);
    return request;
  }

  void answered(Response reply) {
    A answer;
    try {
      answer = reader.apply(reply);
    } catch (RuntimeException e) {
      promise.fail(new IllegalStateException("Redis holds what no server has written there", e));
      return;
    }
    promise.complete(answer);
  }

  void full() {
    if (whenFull == null) {
      failed(new StoreUnavailableException("Redis is full", null));
    } else {
      promise.complete(whenFull);
    }
  }

  void failed(Throwable cause) {
    promise.fail(cause);
  }
}
