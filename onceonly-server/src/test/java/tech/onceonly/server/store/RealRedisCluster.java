package tech.onceonly.server.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/**
 * A Redis Cluster of three masters, each with a third of the slots; the first may have a replica.
 */
final class RealRedisCluster implements AutoCloseable {
  private static final int NODES = 3;
  private static final Duration BOUND = Duration.ofSeconds(60);

  private final List<RealRedis> nodes = new ArrayList<>();
  private RealRedis replica;

  static RealRedisCluster start() throws Exception {
    return start(Duration.ofSeconds(5), false);
  }

  /** One that takes a master for dead after a second, and has its replica to put in its place. */
  static RealRedisCluster startWithReplica() throws Exception {
    return start(Duration.ofSeconds(1), true);
  }

  private static RealRedisCluster start(Duration nodeTimeout, boolean withReplica)
      throws Exception {
    RealRedisCluster cluster = new RealRedisCluster();
    try {
      for (int i = 0; i < NODES; i++) {
        cluster.nodes.add(startNode(nodeTimeout));
      }
      cluster.join();
      if (withReplica) {
        cluster.replica = startNode(nodeTimeout);
        cluster.replicate();
      }
      return cluster;
    } catch (Exception | AssertionError e) {
      cluster.close();
      throw e;
    }
  }

  /** The masters, as it was started. */
  List<RealRedis> nodes() {
    return nodes;
  }

  /** The first node's; null where it was started without. */
  RealRedis replica() {
    return replica;
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
    if (replica != null) {
      replica.close();
    }
  }

  private static RealRedis startNode(Duration nodeTimeout) throws Exception {
    return RealRedis.start(
        "--cluster-enabled",
        "yes",
        "--cluster-node-timeout",
        "" + nodeTimeout.toMillis(),
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

  private void replicate() throws Exception {
    RealRedis master = nodes.get(0);
    String id = master.ask("CLUSTER", "MYID");
    replica.ask("CLUSTER", "MEET", "127.0.0.1", "" + master.port());
    Awaitility.await()
        .atMost(BOUND)
        .until(() -> replica.ask("CLUSTER", "REPLICATE", id).equals("OK"));
    Awaitility.await()
        .atMost(BOUND)
        .until(() -> replica.ask("INFO").contains("master_link_status:up"));
    // Who votes for it must know that it is there.
    for (RealRedis node : nodes) {
      Awaitility.await()
          .atMost(BOUND)
          .until(() -> node.ask("CLUSTER", "REPLICAS", id).contains(":" + replica.port() + "@"));
    }
  }

  private static int firstSlot(int node) {
    return HashSlot.COUNT * node / NODES;
  }
}
