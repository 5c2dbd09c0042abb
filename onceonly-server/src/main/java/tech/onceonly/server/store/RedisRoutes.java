package tech.onceonly.server.store;

import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which node holds which keys. Of one event loop. */
interface RedisRoutes {

  /** Between two times that it is asked who holds what. */
  long REST_MILLIS = 100;

  /** The node that holds the slot as far as is known; null where nothing is known of it. */
  @Nullable String nodeOf(int slot);

  /** Every node that is known to hold keys. */
  Collection<String> nodes();

  /** Asks who holds what; whoever asks meanwhile, or just afterwards, gets the same answer. */
  Future<Void> resolve();

  /** The node turned out not to answer, or not to take writes. */
  void doubt(String node);

  /** A node has told who holds the slot now. */
  void moved(int slot, String node);

  /** The name of a node, whose host may be an address with colons. */
  static String named(String host, String port) {
    return (host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
  }

  /** Always the same node. */
  record Single(String node) implements RedisRoutes {
    @Override
    public String nodeOf(int slot) {
      return node;
    }

    @Override
    public Collection<String> nodes() {
      return List.of(node);
    }

    @Override
    public Future<Void> resolve() {
      return Future.succeededFuture();
    }

    @Override
    public void doubt(String doubted) {
      // There is no other.
    }

    @Override
    public void moved(int slot, String other) {
      // Told by clusters, and this is none.
    }
  }
}
