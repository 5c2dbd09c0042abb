package tech.onceonly.server.store;

/** Told of a node's connection by the link that holds it, on its event loop. */
interface RedisWatcher {
  RedisWatcher NONE = new RedisWatcher() {};

  default void made(String node) {}

  /** It has ended, whatever the reason. */
  default void lost(String node) {}
}
