package tech.onceonly.server.store;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** One event loop's way to Redis: its links, and who of them holds what. On that loop alone. */
final class RedisLane implements RedisWatcher {
  /** How often a request is sent around before it is given up. */
  private static final int MAX_ATTEMPTS = 6;

  private final Vertx vertx;
  private final Context context;
  private final RedisSettings settings;
  private final RedisOutages outages;
  private final RedisEvictions evictions;
  private final Map<String, RedisLink> links = new HashMap<>();
  private final Map<String, RedisLink> sentinels = new HashMap<>();
  private final RedisRoutes routes;
  private long nextTick;
  private boolean closed;

  RedisLane(Vertx vertx, RedisSettings settings, RedisOutages outages, RedisEvictions evictions) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.settings = settings;
    this.outages = outages;
    this.evictions = evictions;
    this.routes = routes();
    awaitTick();
  }

  Context context() {
    return context;
  }

  void ask(RedisAsked asked) {
    String node = routes.nodeOf(asked.slot());
    if (closed) {
      asked.failed(new StoreUnavailableException("The store has been closed", null));
    } else if (node != null) {
      askAt(node, asked);
    } else {
      routes
          .resolve()
          .onComplete(resolved -> askWhereResolved(asked), cause -> asked.failed(cause));
    }
  }

  /** Every node that holds keys. */
  Future<List<String>> nodes() {
    return routes.resolve().map(resolved -> List.copyOf(routes.nodes()));
  }

  Future<Response> send(String node, Request request) {
    return link(node).send(request);
  }

  Future<Response> sendToSentinel(String sentinel, Request request) {
    return sentinels
        .computeIfAbsent(
            sentinel,
            missing -> new RedisLink(vertx, settings, missing, false, outages, RedisWatcher.NONE))
        .send(request);
  }

  /** Lets go of links to nodes that hold no keys any more, once nothing is on its way there. */
  void retain(Set<String> nodes) {
    links
        .entrySet()
        .removeIf(
            entry -> {
              boolean goes = !nodes.contains(entry.getKey()) && entry.getValue().isIdle();
              if (goes) {
                entry.getValue().close();
                outages.forget(entry.getKey());
                evictions.forget(entry.getKey());
              }
              return goes;
            });
  }

  void close() {
    closed = true;
    vertx.cancelTimer(nextTick);
    all().forEach(RedisLink::close);
  }

  /** A copy: what a link does may make or drop another one. */
  private List<RedisLink> all() {
    return Stream.concat(links.values().stream(), sentinels.values().stream()).toList();
  }

  /** One after the other: ticks that a stall has held up shall not come all at once. */
  private void awaitTick() {
    nextTick =
        vertx.setTimer(
            settings.timeout().toMillis() / RedisPulse.TICKS_A_TIMEOUT,
            tick -> {
              all().forEach(RedisLink::tick);
              if (!closed) {
                awaitTick();
              }
            });
  }

  private RedisRoutes routes() {
    List<String> nodes = settings.nodes();
    if (settings.isCluster()) {
      return new RedisSlots(vertx, this, nodes);
    }
    String master = settings.sentinel();
    return master == null
        ? new RedisRoutes.Single(nodes.get(0))
        : new RedisSentinels(vertx, this, nodes, master);
  }

  private void askWhereResolved(RedisAsked asked) {
    String node = routes.nodeOf(asked.slot());
    if (node == null) {
      asked.failed(new StoreUnavailableException("No Redis node holds the key's slot", null));
    } else {
      askAt(node, asked);
    }
  }

  private void askAt(String node, RedisAsked asked) {
    link(node)
        .send(asked.nextRequest(), asked::carriedOut)
        .onComplete(reply -> answered(node, asked, reply), cause -> failed(node, asked, cause));
  }

  private void answered(String node, RedisAsked asked, Response reply) {
    RedisException refusal = asked.answered(reply);
    if (refusal == null) {
      outages.ended(node);
    } else {
      refused(node, refusal);
    }
  }

  private void failed(String node, RedisAsked asked, Throwable cause) {
    if (!(cause instanceof RedisException error)) {
      routes.doubt(node);
      asked.failed(cause);
    } else if (asked.attempts() >= MAX_ATTEMPTS) {
      refused(node, asked, error);
    } else if (error.is("NOSCRIPT")) {
      asked.takeText();
      askAt(node, asked);
    } else if (error.is("OOM")) {
      asked.full();
    } else if (error.is("MOVED")) {
      String target = targetOf(error, node);
      routes.moved(asked.slot(), target);
      askAt(target, asked);
    } else if (error.is("ASK")) {
      askAsking(targetOf(error, node), asked);
    } else {
      refused(node, asked, error);
    }
  }

  /** For a slot that is just moving there: this key has moved already, or never was. */
  private void askAsking(String node, RedisAsked asked) {
    link(node)
        .sendAsking(asked.nextRequest(), asked::carriedOut)
        .onComplete(reply -> answered(node, asked, reply), cause -> failed(node, asked, cause));
  }

  private static String targetOf(RedisException redirection, String asked) {
    String target = redirection.target();
    String host = RedisSlots.hostOf(target);
    String port = target.substring(host.length() + 1);
    return RedisRoutes.named(host.isEmpty() ? RedisSlots.hostOf(asked) : host, port);
  }

  private void refused(String node, RedisAsked asked, RedisException error) {
    refused(node, error);
    asked.failed(RedisAsked.refusedFor(error));
  }

  /** Whatever keeps it from that, another node may do it by now: after a failover it may. */
  private void refused(String node, RedisException error) {
    routes.doubt(node);
    outages.began(node, String.valueOf(error.getMessage()));
  }

  private RedisLink link(String node) {
    return links.computeIfAbsent(
        node, missing -> new RedisLink(vertx, settings, missing, true, outages, this));
  }

  /** The start has looked already. */
  @Override
  public void made(String node) {
    if (outages.tells()) {
      // One that does not let it be read was told of by the start.
      send(node, Request.cmd(Command.INFO).arg("memory"))
          .onSuccess(reply -> evictions.look(node, RedisInfo.of(reply.toString())));
    }
  }

  /** A master that is replaced ends its connections. */
  @Override
  public void lost(String node) {
    context.runOnContext(
        unused -> {
          if (!closed) {
            routes.doubt(node);
          }
        });
  }
}
