package tech.onceonly.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** One client's connection through an {@link OutageProxy}, and its counterpart to the server. */
final class ProxiedConnection {

  private static final int CONNECT_TIMEOUT_MILLIS = 5_000;
  private static final int BUFFER_BYTES = 16_384;

  private final Socket client;
  private final Socket server = new Socket();
  private final InetSocketAddress target;
  private final Supplier<ProxyMode> mode;
  private final Consumer<ProxiedConnection> whenGone;
  private volatile boolean lostBytes;

  ProxiedConnection(
      Socket client,
      InetSocketAddress target,
      Supplier<ProxyMode> mode,
      Consumer<ProxiedConnection> whenGone) {
    this.client = client;
    this.target = target;
    this.mode = mode;
    this.whenGone = whenGone;
  }

  void start() {
    thread(this::connectAndPassRequests, "requests");
  }

  /** Whether bytes were swallowed, so that nothing sensible can follow. */
  boolean hasLostBytes() {
    return lostBytes;
  }

  /** Closes both ends, the client's with a reset. */
  void breakOff() {
    try {
      client.setSoLinger(true, 0);
    } catch (IOException e) {
      // Closed already, by the client or by the other direction.
    }
    closeQuietly(client);
    closeQuietly(server);
    whenGone.accept(this);
  }

  private void connectAndPassRequests() {
    try {
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      server.connect(target, CONNECT_TIMEOUT_MILLIS);
    } catch (IOException e) {
      // The server behind is down: to the client this looks like a broken connection.
      breakOff();
      return;
    }
    thread(() -> pass(server, client, ProxyMode::passesAnswers), "answers");
    pass(client, server, ProxyMode::passesRequests);
  }

  private void pass(Socket from, Socket to, Predicate<ProxyMode> passes) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        if (lostBytes || !passes.test(mode.get())) {
          lostBytes = true;
        } else {
          out.write(buffer, 0, count);
        }
      }
    } catch (IOException e) {
      // Either side broke off; so does the other, below.
    }
    finish();
  }

  /** An orderly end, unless bytes were lost: then the client must not take it for an answer. */
  private void finish() {
    if (lostBytes) {
      breakOff();
      return;
    }
    closeQuietly(client);
    closeQuietly(server);
    whenGone.accept(this);
  }

  private void thread(Runnable work, String direction) {
    Thread thread = new Thread(work, "outage-proxy-" + direction + "-" + client.getPort());
    thread.setDaemon(true);
    thread.start();
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Nothing is left to be done with it.
    }
  }
}
