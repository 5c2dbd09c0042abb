package tech.onceonly.server.store;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.ArrayDeque;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One connection to one node, made when it is needed and made again when it is lost. Requests go
 * out as they come, without waiting for answers. Of one event loop.
 *
 * <p>A request fails with the node's error, a {@link RedisException}, or with a {@link
 * StoreUnavailableException}: then it may have been carried out or not.
 */
final class RedisLink {
  private static final int MAX_WAITING = 16_384;

  /** Between a connection that could not be made and the next try. */
  private static final long REST_MILLIS = 100;

  private final Vertx vertx;
  private final RedisSettings settings;
  private final String node;
  private final boolean isData;
  private final RedisOutages outages;
  private final RedisWatcher watcher;

  private final ArrayDeque<Sending> waiting = new ArrayDeque<>();
  private @Nullable Redis client;
  private @Nullable RedisConnection connection;
  private @Nullable Throwable whyNot;
  private boolean connecting;
  private boolean resting;
  private boolean closed;
  private long sent;
  private long answered;

  private final RedisPulse pulse = new RedisPulse();
  private final ReplicaWait unreplicated;

  RedisLink(
      Vertx vertx,
      RedisSettings settings,
      String node,
      boolean isData,
      RedisOutages outages,
      RedisWatcher watcher) {
    this.vertx = vertx;
    this.settings = settings;
    this.node = node;
    this.isData = isData;
    this.outages = outages;
    this.watcher = watcher;
    this.unreplicated = new ReplicaWait(settings);
  }

  private record Sending(
      Request request, Predicate<Response> carriedOut, boolean asking, Promise<Response> promise) {}

  /** Sends a request whose answer waits for nothing. */
  Future<Response> send(Request request) {
    return send(request, reply -> false);
  }

  /**
   * Sends a request.
   *
   * @param carriedOut shown the answer where the settings ask for replicas; whether it waits for
   *     them
   */
  Future<Response> send(Request request, Predicate<Response> carriedOut) {
    return send(new Sending(request, carriedOut, false, Promise.promise()));
  }

  /** Sends a request about a slot that is just moving to this node. */
  Future<Response> sendAsking(Request request, Predicate<Response> carriedOut) {
    return send(new Sending(request, carriedOut, true, Promise.promise()));
  }

  /**
   * Looks whether it has fallen silent; called {@link RedisPulse#TICKS_A_TIMEOUT} times in each
   * timeout.
   */
  void tick() {
    RedisConnection present = connection;
    if (present == null) {
      return;
    }
    switch (pulse.tick(sent, answered)) {
      case SILENT ->
          lost(present, "gave no answer within " + settings.timeout().toMillis() + " ms");
      case IDLE -> send(Request.cmd(Command.PING));
      case WELL -> {}
    }
  }

  boolean isIdle() {
    return sent == answered && waiting.isEmpty() && !connecting;
  }

  void close() {
    closed = true;
    failWaiting();
    RedisConnection present = connection;
    if (present != null) {
      lost(present, "closed");
    } else if (client != null) {
      client.close();
    }
  }

  private Future<Response> send(Sending sending) {
    RedisConnection present = connection;
    if (sent - answered + waiting.size() >= MAX_WAITING) {
      sending.promise.fail(
          new StoreUnavailableException("More operations wait for Redis than may", null));
    } else if (present != null) {
      send(present, sending);
    } else if (closed || resting) {
      sending.promise.fail(unreachable());
    } else {
      waiting.addLast(sending);
      connect();
    }
    return sending.promise.future();
  }

  private void send(RedisConnection on, Sending sending) {
    if (sending.asking) {
      // Both in one go: it is for the very next command alone.
      sent++;
      on.send(Request.cmd(Command.ASKING)).onComplete(reply -> countAnswer(on));
    }
    sent++;
    on.send(sending.request)
        .onComplete(
            reply -> {
              countAnswer(on);
              done(on, sending, reply);
            },
            cause -> {
              countAnswer(on);
              failed(on, sending, cause);
            });
  }

  private void countAnswer(RedisConnection on) {
    if (on == connection) {
      answered++;
    }
  }

  private void done(RedisConnection on, Sending sending, Response reply) {
    if (settings.waitReplicas() == 0 || !sending.carriedOut.test(reply)) {
      sending.promise.complete(reply);
    } else if (on != connection) {
      sending.promise.fail(inDoubt());
    } else {
      if (unreplicated.add(sending.promise, reply)) {
        waitForReplicas(on);
      }
    }
  }

  /**
   * What has been answered before this is answered has been carried out before: one request tells
   * of all that came together meanwhile.
   */
  private void waitForReplicas(RedisConnection on) {
    sent++;
    on.send(unreplicated.request())
        .onComplete(
            (reply, cause) -> {
              countAnswer(on);
              if (on == connection) {
                unreplicated.answered(cause == null ? reply.toInteger() : null);
              }
            });
  }

  private void failed(RedisConnection on, Sending sending, Throwable cause) {
    boolean isAnswer = cause instanceof Response reply && reply.type() == ResponseType.ERROR;
    if (isAnswer && !RedisFaults.LOST.equals(cause.getMessage())) {
      sending.promise.fail(new RedisException(cause));
    } else {
      lost(on, RedisFaults.messageOf(cause));
      sending.promise.fail(inDoubt());
    }
  }

  private void connect() {
    if (connecting) {
      return;
    }
    connecting = true;
    Redis made = Redis.createClient(vertx, settings.optionsFor(node, 2 * MAX_WAITING, isData));
    client = made;
    Promise<RedisConnection> outcome = Promise.promise();
    long millis = settings.timeout().toMillis();
    long timer =
        vertx.setTimer(
            millis,
            late ->
                outcome.tryFail(
                    new TimeoutException("could not be reached within " + millis + " ms")));
    made.connect().onComplete(outcome::tryComplete, outcome::tryFail);
    outcome
        .future()
        .onComplete(
            on -> {
              vertx.cancelTimer(timer);
              connected(on);
            },
            cause -> {
              vertx.cancelTimer(timer);
              notConnected(made, cause);
            });
  }

  private void connected(RedisConnection on) {
    connecting = false;
    if (closed) {
      release();
      return;
    }
    connection = on;
    on.endHandler(end -> lost(on, "closed the connection"));
    on.exceptionHandler(cause -> lost(on, RedisFaults.messageOf(cause)));
    outages.ended(node);
    while (!waiting.isEmpty() && on == connection) {
      send(on, waiting.removeFirst());
    }
    if (on == connection) {
      watcher.made(node);
    }
  }

  private void notConnected(Redis made, Throwable cause) {
    connecting = false;
    made.close();
    client = null;
    if (!closed) {
      outages.began(node, RedisFaults.messageOf(cause));
    }
    whyNot = cause;
    resting = true;
    vertx.setTimer(REST_MILLIS, rested -> resting = false);
    failWaiting();
  }

  /** What was on its way fails, for closing the client ends its connection. */
  private void lost(RedisConnection on, String cause) {
    if (on != connection) {
      return;
    }
    connection = null;
    if (sent > answered && !closed) {
      outages.began(node, cause);
    }
    sent = 0;
    answered = 0;
    pulse.reset();
    release();
    unreplicated.fail(inDoubt());
    watcher.lost(node);
  }

  private void release() {
    if (client != null) {
      client.close();
      client = null;
    }
  }

  private void failWaiting() {
    while (!waiting.isEmpty()) {
      waiting.removeFirst().promise.fail(unreachable());
    }
  }

  static StoreUnavailableException inDoubt() {
    return new StoreUnavailableException("Whether Redis has kept it is not known", null);
  }

  private StoreUnavailableException unreachable() {
    return new StoreUnavailableException(
        closed ? "The store has been closed" : "Redis can't be reached", whyNot);
  }
}
