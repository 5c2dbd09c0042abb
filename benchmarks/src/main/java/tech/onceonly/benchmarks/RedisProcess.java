package tech.onceonly.benchmarks;

import java.io.IOException;
import java.net.ServerSocket;
import redis.embedded.RedisServer;

/** A Redis that keeps nothing on disk, in a process of its own. */
final class RedisProcess implements AutoCloseable {

  private final RedisServer server;

  private RedisProcess(RedisServer server) {
    this.server = server;
  }

  static RedisProcess start() throws IOException {
    RedisServer server = RedisServer.newRedisServer().port(freePort()).setting("save \"\"").build();
    server.start();
    return new RedisProcess(server);
  }

  int port() {
    return server.ports().get(0);
  }

  @Override
  public void close() throws IOException {
    server.stop();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
