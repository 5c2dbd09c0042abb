package tech.onceonly.server.store;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One master, and sentinels that know which one it is now. */
final class RedisSentinels implements RedisRoutes {
  private final Vertx vertx;
  private final RedisLane lane;
  private final List<String> sentinels;
  private final String name;
  private @Nullable String master;
  private @Nullable Future<Void> resolving;

  /**
   * @param name by which the sentinels know the master
   */
  RedisSentinels(Vertx vertx, RedisLane lane, List<String> sentinels, String name) {
    this.vertx = vertx;
    this.lane = lane;
    this.sentinels = sentinels;
    this.name = name;
  }

  @Override
  public @Nullable String nodeOf(int slot) {
    return master;
  }

  @Override
  public Collection<String> nodes() {
    String present = master;
    return present == null ? Set.of() : Set.of(present);
  }

  @Override
  public Future<Void> resolve() {
    Future<Void> present = resolving;
    if (present != null) {
      return present;
    }
    Future<Void> asked = ask(0, null);
    resolving = asked;
    asked.onComplete(outcome -> vertx.setTimer(REST_MILLIS, rested -> resolving = null));
    return asked;
  }

  @Override
  public void doubt(String node) {
    if (node.equals(master)) {
      master = null;
    }
  }

  @Override
  public void moved(int slot, String node) {
    // Told by clusters, and this is none.
  }

  private Future<Void> ask(int index, @Nullable Throwable before) {
    if (index == sentinels.size()) {
      return Future.failedFuture(
          RedisFaults.ofAll("No sentinel tells where " + name + " is", before));
    }
    return lane.sendToSentinel(
            sentinels.get(index),
            Request.cmd(Command.SENTINEL).arg("GET-MASTER-ADDR-BY-NAME").arg(name))
        .compose(
            address -> {
              if (address == null) {
                RedisException unknown = new RedisException("they know no such master");
                return ask(index + 1, RedisFaults.graver(before, unknown));
              }
              String told = RedisRoutes.named(address.get(0).toString(), address.get(1).toString());
              master = told;
              lane.retain(Set.of(told));
              return Future.succeededFuture();
            },
            fault -> ask(index + 1, RedisFaults.graver(before, fault)));
  }
}
