package tech.onceonly.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that must come back on the same port after they were killed.
 *
 * <p>They lie below the range from which operating systems number outgoing connections. A port from
 * that range can be given away while its server is down; and a client that keeps knocking at a dead
 * port of that range will one day connect to itself.
 */
final class LoopbackPorts {

  private static final int LOWEST = 15_000;
  private static final int BEYOND_HIGHEST = 30_000;
  private static final int ATTEMPTS = 1_000;

  private LoopbackPorts() {}

  /** Distinct ports that could be bound just now; whoever binds them must be ready to lose. */
  static List<Integer> free(int count) {
    List<Integer> ports = new ArrayList<>();
    for (int attempt = 0; attempt < ATTEMPTS && ports.size() < count; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, BEYOND_HIGHEST);
      if (!ports.contains(port) && isFree(port)) {
        ports.add(port);
      }
    }
    if (ports.size() < count) {
      throw new IllegalStateException(
          "No free port between " + LOWEST + " and " + BEYOND_HIGHEST + " on this machine.");
    }
    return ports;
  }

  /** A listening socket on such a port. */
  static ServerSocket listen() {
    for (int attempt = 1; ; attempt++) {
      try {
        return listen(free(1).get(0));
      } catch (IOException e) {
        // Lost the race for this port: another one.
        if (attempt == 10) {
          throw new IllegalStateException("Cannot listen on loopback.", e);
        }
      }
    }
  }

  static ServerSocket listen(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = listen(port)) {
      return socket.isBound();
    } catch (IOException e) {
      // The answer to the question, not a fault.
      return false;
    }
  }
}
