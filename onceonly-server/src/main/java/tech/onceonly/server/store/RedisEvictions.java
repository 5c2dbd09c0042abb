package tech.onceonly.server.store;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells once of each node that came to drop live claims when its memory is full, and of its end: a
 * start looks, but a node may be set up otherwise when it comes back, and so may be the one that
 * takes its place. Thread-safe.
 */
final class RedisEvictions {
  private static final Logger LOG = LoggerFactory.getLogger(RedisEvictions.class);

  private final Set<String> nodes = ConcurrentHashMap.newKeySet();

  void look(String node, RedisInfo info) {
    String policy = info.evictsBy();
    if (policy == null) {
      if (nodes.remove(node)) {
        LOG.info("Redis at {} drops no live claims any more", node);
      }
    } else if (nodes.add(node)) {
      LOG.error(
          "Redis at {} would drop live claims to make room (maxmemory-policy {}), and their effects"
              + " would run again: set it to noeviction",
          node,
          policy);
    }
  }

  /** It is no node of ours any more. */
  void forget(String node) {
    nodes.remove(node);
  }

  int count() {
    return nodes.size();
  }
}
