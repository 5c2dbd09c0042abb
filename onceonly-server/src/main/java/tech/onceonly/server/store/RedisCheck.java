package tech.onceonly.server.store;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks, at the start, whether a Redis is what the settings say and keeps what it is told. */
final class RedisCheck {
  private static final Logger LOG = LoggerFactory.getLogger(RedisCheck.class);

  private final RedisSettings settings;

  private RedisCheck(RedisSettings settings) {
    this.settings = settings;
  }

  /** Fails with a {@link StoreOpenException} that names the mend. */
  static Future<Void> on(RedisLane lane, RedisSettings settings) {
    RedisCheck check = new RedisCheck(settings);
    return lane.nodes()
        .compose(nodes -> Future.all(nodes.stream().map(node -> check.on(lane, node)).toList()))
        .<Void>mapEmpty()
        .recover(fault -> Future.failedFuture(RedisFaults.notOpened(settings, fault)));
  }

  private Future<Void> on(RedisLane lane, String node) {
    return lane.send(node, Request.cmd(Command.INFO))
        .transform(
            (reply, fault) -> {
              if (fault instanceof RedisException refusal && refusal.is("NOPERM")) {
                LOG.warn(
                    "Redis at {} does not let INFO be read: see to it that maxmemory-policy is"
                        + " noeviction",
                    node);
                return Future.succeededFuture();
              }
              return fault == null
                  ? checked(node, RedisInfo.of(reply.toString()))
                  : Future.failedFuture(fault);
            });
  }

  private Future<Void> checked(String node, RedisInfo info) {
    boolean isCluster = info.is("redis_mode", "cluster");
    if (isCluster != settings.isCluster()) {
      return unfit(
          node,
          isCluster
              ? "is of a cluster: add ?cluster=true"
              : "is of no cluster: leave cluster=true out");
    }
    if (info.is("redis_mode", "sentinel")) {
      return unfit(node, "is a sentinel: add ?sentinel= with the name of its master");
    }
    if (info.is("role", "slave")) {
      // What sentinels name is a replica while they make it the master.
      return unfit(
          node, "is a replica: name its master, or its sentinels", settings.sentinel() != null);
    }
    String policy = info.evictsBy();
    if (policy != null) {
      return unfit(
          node,
          "would drop live claims to make room (maxmemory-policy "
              + policy
              + "): set it to noeviction");
    }
    return Future.succeededFuture();
  }

  private Future<Void> unfit(String node, String why) {
    return unfit(node, why, false);
  }

  private Future<Void> unfit(String node, String why, boolean mayPass) {
    return Future.failedFuture(
        new StoreOpenException("The store " + settings + ": " + node + " " + why, null, mayPass));
  }
}
