package tech.onceonly.server.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/** A Redis Cluster of three masters, each with a third of the slots. */
final class RealRedisCluster implements AutoCloseable {
  private static final int NODES = 3;
  private static final Duration BOUND = Duration.ofSeconds(60);

  private final List<RealRedis> nodes = new ArrayList<>();

  static RealRedisCluster start() throws Exception {
    RealRedisCluster cluster = new RealRedisCluster();
    try {
      for (int i = 0; i < NODES; i++) {
        cluster.nodes.add(cluster.startNode());
      }
      cluster.join();
      return cluster;
    } catch (Exception | AssertionError e) {
      cluster.close();
      throw e;
    }
  }

  List<RealRedis> nodes() {
    return nodes;
  }

  String url() {
    return nodes.stream()
        .map(node -> "127.0.0.1:" + node.port())
        .collect(Collectors.joining(",", "redis://", "?cluster=true"));
  }

  /** The node that holds the Redis key's slot. */
  RealRedis holderOf(String name) throws Exception {
    int slot = slotOf(name);
    for (int i = 0; i < NODES; i++) {
      if (slot < firstSlot(i + 1)) {
        return nodes.get(i);
      }
    }
    throw new AssertionError("no node holds " + slot);
  }

  int slotOf(String name) throws Exception {
    return Integer.parseInt(nodes.get(0).ask("CLUSTER", "KEYSLOT", name));
  }

  /** Waits until every node takes every slot for served. */
  void awaitWhole() {
    Awaitility.await()
        .atMost(BOUND)
        .until(
            () -> {
              for (RealRedis node : nodes) {
                if (!node.ask("CLUSTER", "INFO").contains("cluster_state:ok")) {
                  return false;
                }
              }
              return true;
            });
  }

  @Override
  public void close() throws Exception {
    for (RealRedis node : nodes) {
      node.close();
    }
  }

  private RealRedis startNode() throws Exception {
    return RealRedis.start(
        "--cluster-enabled",
        "yes",
        "--cluster-node-timeout",
        "5000",
        // A node that is away takes its own keys with it, and no others.
        "--cluster-require-full-coverage",
        "no",
        "--appendonly",
        "yes");
  }

  private void join() throws Exception {
    for (int i = 0; i < NODES; i++) {
      List<String> add = new ArrayList<>(List.of("CLUSTER", "ADDSLOTS"));
      IntStream.range(firstSlot(i), firstSlot(i + 1)).forEach(slot -> add.add("" + slot));
      nodes.get(i).ask(add.toArray(String[]::new));
      nodes.get(i).ask("CLUSTER", "SET-CONFIG-EPOCH", "" + (i + 1));
    }
    for (RealRedis node : nodes.subList(1, NODES)) {
      node.ask("CLUSTER", "MEET", "127.0.0.1", "" + nodes.get(0).port());
    }
    Awaitility.await()
        .atMost(BOUND)
        .until(
            () -> {
              for (RealRedis node : nodes) {
                String info = node.ask("CLUSTER", "INFO");
                if (!info.contains("cluster_slots_ok:" + HashSlot.COUNT)
                    || !info.contains("cluster_state:ok")) {
                  return false;
                }
              }
              return true;
            });
  }

  private static int firstSlot(int node) {
    return HashSlot.COUNT * node / NODES;
  }
}
