package tech.onceonly.server.store;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A script on its way to Redis, and where its answers go. */
abstract class RedisAsked {
  /** What each key takes up while it waits, apart from its texts. */
  private static final int OPERATION_BYTES = 512;

  private final RedisScript script;

  /** The Redis keys; where there are several they may lie on one node alone. */
  private final List<byte[]> names;

  private final List<byte[]> arguments;
  private int attempts;
  private boolean withText;
  private Runnable whenEnded = () -> {};

  RedisAsked(RedisScript script, List<byte[]> names, List<byte[]> arguments) {
    this.script = script;
    this.names = names;
    this.arguments = arguments;
  }

  final int slot() {
    return HashSlot.of(names.get(0));
  }

  final long bytes() {
    long bytes = (long) OPERATION_BYTES * names.size();
    for (byte[] name : names) {
      bytes += name.length;
    }
    for (byte[] argument : arguments) {
      bytes += argument.length;
    }
    return bytes;
  }

  /** To be run when all has been answered. */
  final void whenEnded(Runnable ended) {
    whenEnded = ended;
  }

  /** How often it has been sent, so that being sent around ends. */
  final int attempts() {
    return attempts;
  }

  /** From now on with the script itself, for a Redis that has not seen it. */
  final void takeText() {
    withText = true;
  }

  /** What is sent next. */
  final Request nextRequest() {
    attempts++;
    Request request =
        withText
            ? Request.cmd(Command.EVAL).arg(script.text())
            : Request.cmd(Command.EVALSHA).arg(script.sha1());
    request.arg(names.size());
    names.forEach(request::arg);
    arguments.forEach(request::arg);
    return request;
  }

  /**
   * Redis has carried it out, but for all that is known none of its replicas yet. Gives those
   * answers that promise no write.
   *
   * @return whether there are others, which are to wait for {@link #answered}
   */
  abstract boolean carriedOut(Response reply);

  /**
   * Gives the answers.
   *
   * @return why Redis refused a part of it; null where it did not
   */
  final @Nullable RedisException answered(Response reply) {
    RedisException refusal = giveAnswers(reply);
    whenEnded.run();
    return refusal;
  }

  /** Redis has no room for it. */
  final void full() {
    giveFull();
    whenEnded.run();
  }

  final void failed(Throwable cause) {
    giveFault(cause);
    whenEnded.run();
  }

  abstract @Nullable RedisException giveAnswers(Response reply);

  abstract void giveFull();

  abstract void giveFault(Throwable cause);

  static StoreUnavailableException refusedFor(RedisException error) {
    return new StoreUnavailableException("Redis refuses it now", error);
  }
}
