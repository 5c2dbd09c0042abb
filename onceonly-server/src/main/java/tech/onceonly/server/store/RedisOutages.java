package tech.onceonly.server.store;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of each node's outage once, whoever meets it, and of its end; not before the store is open,
 * for until then whoever opens it is told. Thread-safe.
 */
final class RedisOutages {
  private static final Logger LOG = LoggerFactory.getLogger(RedisOutages.class);

  private final Set<String> out = ConcurrentHashMap.newKeySet();
  private volatile boolean tells;

  void tellFromNowOn() {
    tells = true;
  }

  boolean tells() {
    return tells;
  }

  void began(String node, String cause) {
    if (tells && out.add(node)) {
      LOG.error(
          "Redis at {}: {}; calls that need it are answered 503 until it is back", node, cause);
    }
  }

  void ended(String node) {
    if (!out.isEmpty() && out.remove(node)) {
      LOG.info("Redis at {} is back", node);
    }
  }

  /** It is no node of ours any more. */
  void forget(String node) {
    out.remove(node);
  }
}
