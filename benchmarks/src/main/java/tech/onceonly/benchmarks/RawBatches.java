package tech.onceonly.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Batches over plain sockets, written beforehand, one after the other on each connection: what is
 * left is the server's own time.
 */
final class RawBatches implements Load {

  private static final int TIMEOUT_MILLIS = 60_000;
  private static final String LENGTH = "content-length:";

  private final int size;
  private final List<Connection> connections = new ArrayList<>();
  private final ExecutorService threads;
  private int sent;

  RawBatches(int port, int size, int atOnce) throws IOException {
    this.size = size;
    for (int i = 0; i < atOnce; i++) {
      connections.add(new Connection(port));
    }
    threads = Executors.newFixedThreadPool(atOnce);
  }

  @Override
  public long claim(List<String> keys, Samples samples) throws Exception {
    List<List<byte[]>> requests = new ArrayList<>();
    connections.forEach(each -> requests.add(new ArrayList<>()));
    for (int from = 0; from < keys.size(); from += size) {
      requests
          .get(from / size % requests.size())
          .add(request(keys.subList(from, Math.min(keys.size(), from + size))));
    }
    List<Callable<Integer>> runs = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      Connection connection = connections.get(i);
      List<byte[]> own = requests.get(i);
      runs.add(() -> connection.send(own, samples));
    }
    long began = System.nanoTime();
    List<Future<Integer>> won = threads.invokeAll(runs);
    long took = System.nanoTime() - began;
    int sum = 0;
    for (Future<Integer> each : won) {
      sum += each.get();
    }
    if (sum != keys.size()) {
      throw new IllegalStateException(sum + " of " + keys.size() + " new keys were won");
    }
    return took;
  }

  private byte[] request(List<String> keys) {
    StringBuilder body = new StringBuilder("{\"verdicts\":\"short\",\"operations\":[");
    for (String key : keys) {
      body.append("[\"check-lock\",\"0b1946ca-4a0c-47a1-8c5b-%012x\",".formatted(sent++));
      body.append("{\"key\":\"").append(key).append("\",\"ttl\":3600}],");
    }
    body.setLength(body.length() - 1);
    body.append("]}");
    String head =
        String.join(
            "\r\n",
            "POST /v1/batch HTTP/1.1",
            "Host: localhost",
            "Authorization: Bearer " + ApiProcess.API_KEY,
            "Content-Type: application/json",
            "Content-Length: " + body.length());
    return (head + "\r\n\r\n" + body).getBytes(US_ASCII);
  }

  @Override
  public void close() {
    threads.shutdownNow();
    connections.forEach(Connection::close);
  }

  /** One connection, of one thread at a time. */
  private static final class Connection {
    private static final byte[] LOCKED = "[\"locked\"".getBytes(US_ASCII);

    private final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;

    Connection(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      out = socket.getOutputStream();
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
    }

    /** How many keys were won. */
    int send(List<byte[]> requests, Samples samples) throws IOException {
      int won = 0;
      for (byte[] request : requests) {
        long began = System.nanoTime();
        out.write(request);
        byte[] answer = readAnswer();
        samples.add(System.nanoTime() - began);
        won += countLocked(answer);
      }
      return won;
    }

    private byte[] readAnswer() throws IOException {
      String status = readLine();
      if (!status.startsWith("HTTP/1.1 200")) {
        throw new IllegalStateException("answered " + status);
      }
      int length = -1;
      for (String line = readLine(); !line.isEmpty(); line = readLine()) {
        if (line.toLowerCase(Locale.ROOT).startsWith(LENGTH)) {
          length = Integer.parseInt(line.substring(LENGTH.length()).strip());
        }
      }
      byte[] body = new byte[length];
      in.readFully(body);
      return body;
    }

    private String readLine() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int next = in.readUnsignedByte(); next != '\n'; next = in.readUnsignedByte()) {
        if (next != '\r') {
          line.append((char) next);
        }
      }
      return line.toString();
    }

    private static int countLocked(byte[] answer) {
      int count = 0;
      for (int i = 0; i + LOCKED.length <= answer.length; i++) {
        if (Arrays.equals(answer, i, i + LOCKED.length, LOCKED, 0, LOCKED.length)) {
          count++;
        }
      }
      return count;
    }

    void close() {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
