package tech.onceonly.server.store;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A Redis Cluster's masters, each with the slots that it holds. */
final class RedisSlots implements RedisRoutes {
  private final Vertx vertx;
  private final RedisLane lane;
  private final List<String> seeds;

  /** By slot. */
  private @Nullable String[] masters = new String[HashSlot.COUNT];

  private Set<String> nodes = Set.of();
  private @Nullable Future<Void> resolving;

  RedisSlots(Vertx vertx, RedisLane lane, List<String> seeds) {
    this.vertx = vertx;
    this.lane = lane;
    this.seeds = seeds;
  }

  @Override
  public @Nullable String nodeOf(int slot) {
    return masters[slot];
  }

  @Override
  public Collection<String> nodes() {
    return nodes;
  }

  @Override
  public Future<Void> resolve() {
    Future<Void> present = resolving;
    if (present != null) {
      return present;
    }
    Set<String> candidates = new LinkedHashSet<>(nodes);
    candidates.addAll(seeds);
    Future<Void> asked = ask(List.copyOf(candidates), 0, null);
    resolving = asked;
    asked.onComplete(outcome -> vertx.setTimer(REST_MILLIS, rested -> resolving = null));
    return asked;
  }

  @Override
  public void doubt(String node) {
    // Until it is known who follows, the slots stay where they are: most often it comes back.
    resolve();
  }

  @Override
  public void moved(int slot, String node) {
    masters[slot] = node;
    resolve();
  }

  private Future<Void> ask(List<String> candidates, int index, @Nullable Throwable before) {
    if (index == candidates.size()) {
      return Future.failedFuture(
          RedisFaults.ofAll("No node of the Redis Cluster tells who holds what", before));
    }
    String node = candidates.get(index);
    return lane.send(node, Request.cmd(Command.CLUSTER).arg("SLOTS"))
        .<Void>map(
            slots -> {
              take(slots, node);
              return null;
            })
        .recover(fault -> ask(candidates, index + 1, RedisFaults.graver(before, fault)));
  }

  /** Ranges, each with its first slot, its last, its master, and replicas. */
  private void take(Response slots, String asked) {
    String[] next = new String[HashSlot.COUNT];
    Set<String> held = new LinkedHashSet<>();
    for (Response range : slots) {
      Response host = range.get(2).get(0);
      String port = range.get(2).get(1).toString();
      boolean isAsked = host == null || host.toString().isEmpty();
      String master =
          RedisRoutes.named(
              isAsked ? hostOf(asked) : Objects.requireNonNull(host).toString(), port);
      int first = Objects.requireNonNull(range.get(0).toInteger());
      int last = Objects.requireNonNull(range.get(1).toInteger());
      Arrays.fill(next, first, last + 1, master);
      held.add(master);
    }
    if (held.isEmpty()) {
      throw new StoreUnavailableException("The Redis Cluster's slots are nobody's yet", null);
    }
    masters = next;
    nodes = held;
    lane.retain(held);
  }

  static String hostOf(String node) {
    return node.substring(0, node.lastIndexOf(':'));
  }
}
