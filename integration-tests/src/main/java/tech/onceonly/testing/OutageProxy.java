package tech.onceonly.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Stands before a server on TCP and plays its outages: a port that refuses, a server that never
 * answers, one that breaks connections off, one whose answers get lost.
 *
 * <p>Promises: the address stays the same throughout; a change applies to open connections too, and
 * {@link #restore} breaks off those that have lost bytes, since what would come after makes no
 * sense. At most {@value #MAX_CONNECTIONS} connections at once; more are broken off.
 *
 * <p>Safe for use by several threads.
 */
public final class OutageProxy implements AutoCloseable {

  /** Beyond these, connections are broken off. */
  public static final int MAX_CONNECTIONS = 256;

  private final InetSocketAddress target;
  private final int port;
  private final Set<ProxiedConnection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();
  private volatile ProxyMode mode = ProxyMode.FORWARD;
  private @Nullable ServerSocket listener;

  private OutageProxy(InetSocketAddress target, ServerSocket listener) {
    this.target = target;
    this.port = listener.getLocalPort();
    accept(listener);
  }

  /** Starts before the server at this address, in working order. */
  public static OutageProxy start(String host, int port) {
    return new OutageProxy(new InetSocketAddress(host, port), LoopbackPorts.listen());
  }

  /** The port on 127.0.0.1 that clients connect to. */
  public int port() {
    return port;
  }

  /** {@code http://127.0.0.1:port}. */
  public String baseUrl() {
    return "http://127.0.0.1:" + port;
  }

  /** Connections that were accepted so far. */
  public int accepted() {
    return accepted.get();
  }

  /** Open connections that have lost bytes: by it a test sees that an outage has been felt. */
  public long stalled() {
    return connections.stream().filter(ProxiedConnection::hasLostBytes).count();
  }

  /** Nobody listens: connecting is refused, open connections are broken off. */
  public synchronized void refuse() {
    mode = ProxyMode.RESET;
    stopListening();
    breakOffAll();
  }

  /** Connections are accepted, requests are taken, the server never sees them, nobody answers. */
  public synchronized void blackhole() {
    become(ProxyMode.BLACKHOLE);
  }

  /** Requests reach the server and take effect there, but no answer comes back. */
  public synchronized void loseAnswers() {
    become(ProxyMode.LOSE_ANSWERS);
  }

  /** Connections are accepted and broken off at once, and so are open ones. */
  public synchronized void reset() {
    become(ProxyMode.RESET);
    breakOffAll();
  }

  /** Everything works again; connections that lost bytes are broken off. */
  public synchronized void restore() {
    become(ProxyMode.FORWARD);
    connections.stream()
        .filter(ProxiedConnection::hasLostBytes)
        .forEach(ProxiedConnection::breakOff);
  }

  @Override
  public synchronized void close() {
    mode = ProxyMode.RESET;
    stopListening();
    breakOffAll();
  }

  private void become(ProxyMode next) {
    mode = next;
    if (listener == null) {
      try {
        accept(LoopbackPorts.listen(port));
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot listen on port " + port + " again", e);
      }
    }
  }

  private void accept(ServerSocket on) {
    listener = on;
    Thread acceptor = new Thread(() -> acceptUntilClosed(on), "outage-proxy-" + port);
    acceptor.setDaemon(true);
    acceptor.start();
  }

  private void acceptUntilClosed(ServerSocket on) {
    while (!on.isClosed()) {
      Socket client;
      try {
        client = on.accept();
      } catch (IOException e) {
        // Closed by refuse() or close(), or a client that left before it was accepted.
        continue;
      }
      accepted.incrementAndGet();
      serve(client);
    }
  }

  private void serve(Socket client) {
    ProxiedConnection connection =
        new ProxiedConnection(client, target, () -> mode, connections::remove);
    connections.add(connection);
    // Looked at after it was added: whoever changes the mode now finds it among the others.
    if (mode == ProxyMode.RESET || connections.size() > MAX_CONNECTIONS) {
      connection.breakOff();
    } else {
      connection.start();
    }
  }

  private void stopListening() {
    ServerSocket open = listener;
    listener = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void breakOffAll() {
    connections.forEach(ProxiedConnection::breakOff);
  }
}
