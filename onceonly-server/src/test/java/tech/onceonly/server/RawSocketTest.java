package tech.onceonly.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a well-behaved client does not do, or does not let one see. */
class RawSocketTest {
  @Test
  void pipelinedRequestsAreAnsweredInTheirOrder() throws Exception {
    try (Api api = Api.start();
        Socket socket = connect(api)) {
      StringBuilder requests = new StringBuilder();
      for (int i = 0; i < 200; i++) {
        requests.append(checkLock("k" + i % 100, "r" + i, i == 199));
      }
      write(socket, requests.toString());
      String answers = readAll(socket);
      Matcher ids = Pattern.compile("x-request-id: (\\S+)").matcher(answers);
      for (int i = 0; i < 200; i++) {
        assertThat(ids.find()).isTrue();
        assertThat(ids.group(1)).isEqualTo("r" + i);
      }
      assertThat(answers.split("x-onceonly-status: locked", -1)).hasSize(101);
      assertThat(answers.split("x-onceonly-status: duplicate", -1)).hasSize(101);
    }
  }

  @Test
  void headersBeyondTheirBoundAre431() throws Exception {
    try (Api api = Api.start();
        Socket socket = connect(api)) {
      write(socket, "GET /v1/me HTTP/1.1\r\nhost: x\r\nx-large: " + "x".repeat(9_000) + "\r\n\r\n");
      assertThat(readAll(socket))
          .startsWith("HTTP/1.1 431 ")
          .endsWith("{\"detail\":\"Request headers too large\"}");
    }
  }

  @Test
  void aRequestLineBeyondItsBoundIs414() throws Exception {
    try (Api api = Api.start();
        Socket socket = connect(api)) {
      write(socket, "GET /v1/me?" + "x".repeat(5_000) + " HTTP/1.1\r\nhost: x\r\n\r\n");
      assertThat(readAll(socket))
          .matches("(?s)HTTP/1.. 414 .*")
          .endsWith("{\"detail\":\"Request line too long\"}");
    }
  }

  @Test
  void aQueryThatIsNotWellEncodedIs400() throws Exception {
    try (Api api = Api.start();
        Socket socket = connect(api)) {
      write(
          socket,
          "GET /v1/ai/status?key=%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
              + "authorization: Bearer test-key\r\n\r\n");
      assertThat(readAll(socket)).startsWith("HTTP/1.1 400 ").contains("{\"detail\":\"");
    }
  }

  @Test
  void aPathThatIsNotWellEncodedIs400() throws Exception {
    try (Api api = Api.start(Api.options().adminKey("admin"));
        Socket socket = connect(api)) {
      write(
          socket,
          "DELETE /v1/keys/%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
              + "authorization: Bearer admin\r\n\r\n");
      assertThat(readAll(socket))
          .startsWith("HTTP/1.1 400 ")
          .endsWith("{\"detail\":\"The path is not well encoded\"}");
    }
  }

  @Test
  void aContentLengthThatIsNoLengthIs4xx() throws Exception {
    for (String length : new String[] {"-1", "x", "99999999999999999999999"}) {
      try (Api api = Api.start();
          Socket socket = connect(api)) {
        write(
            socket,
            "POST /v1/check-lock HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
                + "authorization: Bearer test-key\r\ncontent-length: "
                + length
                + "\r\n\r\n");
        socket.shutdownOutput();
        String answer = readAll(socket);
        assertThat(answer).as(length).matches("(?s)(HTTP/1.1 4\\d\\d .*)?");
      }
    }
  }

  @Test
  void aBodyWithoutEndIsRefusedAndItsConnectionClosed() throws Exception {
    try (Api api = Api.start();
        Socket socket = connect(api)) {
      write(
          socket,
          "POST /v1/check-lock HTTP/1.1\r\nhost: x\r\nauthorization: Bearer test-key\r\n"
              + "content-length: 1000000000\r\n\r\n");
      byte[] piece = new byte[64 * 1024];
      Arrays.fill(piece, (byte) ' ');
      long sent = 0;
      try {
        while (sent < 100_000_000) {
          socket.getOutputStream().write(piece);
          sent += piece.length;
        }
      } catch (IOException closed) {
        // What is waited for.
      }
      assertThat(sent).isLessThan(100_000_000);
      assertThat(api.get("/me").status()).isEqualTo(200);
    }
  }

  @Test
  void connectionsBeyondTheirBoundAreClosedAndRoomComesBack() throws Exception {
    try (Api api = Api.start(Api.options().maxConnections(1))) {
      try (Socket first = connect(api);
          Socket second = connect(api)) {
        write(first, checkLock("a", "r1", false));
        assertThat(first.getInputStream().read()).isEqualTo('H');
        write(second, checkLock("b", "r2", false));
        assertThat(readToEnd(second)).isEmpty();
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(
              () -> {
                try (Socket third = connect(api)) {
                  write(third, checkLock("c", "r3", true));
                  return readToEnd(third).contains("200 OK");
                }
              });
    }
  }

  @Test
  void aStopAnswersTheRequestInFlightAndAcceptsNoOther() throws Exception {
    Api api = Api.start();
    int port = api.server.port();
    try (Socket idle = connect(api);
        Socket busy = connect(api)) {
      write(idle, checkLock("before", "r", false));
      assertThat(idle.getInputStream().read()).isEqualTo('H');
      String request =
          checkLock("k", "r", false).replace("host: x", "host: x\r\nexpect: 100-continue");
      int cut = request.length() - 5;
      write(busy, request.substring(0, cut));
      awaitHead(busy);
      CompletableFuture<Void> stopped = api.server.stop().toCompletableFuture();
      assertThat(readToEnd(idle)).endsWith("}");
      Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> isRefused(port));
      assertThat(stopped).isNotDone();
      write(busy, request.substring(cut));
      assertThat(readAll(busy)).startsWith("HTTP/1.1 200 OK").contains("\"status\":\"locked\"");
      stopped.get(10, TimeUnit.SECONDS);
    }
    api.close();
  }

  @Test
  void aStopDoesNotWaitForeverForARequestThatNeverEnds() throws Exception {
    Api api = Api.start(Api.options().drainTimeout(Duration.ofMillis(200)));
    try (Socket busy = connect(api)) {
      String request = checkLock("k", "r", false);
      write(busy, request.substring(0, request.length() - 5));
      api.close();
      assertThat(readToEnd(busy)).doesNotContain("200 OK");
    }
  }

  /** Expect: 100-continue makes the server tell that it has begun with the request. */
  private static void awaitHead(Socket socket) throws IOException {
    byte[] expected = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(US_ASCII);
    assertThat(socket.getInputStream().readNBytes(expected.length)).isEqualTo(expected);
  }

  private static String checkLock(String key, String requestId, boolean last) {
    String body = "{\"key\":\"" + key + "\"}";
    return "POST /v1/check-lock HTTP/1.1\r\nhost: x\r\nauthorization: Bearer test-key\r\n"
        + "x-request-id: "
        + requestId
        + (last ? "\r\nconnection: close" : "")
        + "\r\ncontent-length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private static Socket connect(Api api) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.server.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static boolean isRefused(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return !socket.isConnected();
    } catch (IOException refused) {
      return true;
    }
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
    socket.getOutputStream().flush();
  }

  private static String readAll(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), US_ASCII);
  }

  /** As {@link #readAll}, for a connection that may be reset rather than closed. */
  private static String readToEnd(Socket socket) {
    StringBuilder text = new StringBuilder();
    try (InputStream in = socket.getInputStream()) {
      for (int b = in.read(); b >= 0; b = in.read()) {
        text.append((char) b);
      }
    } catch (SocketTimeoutException e) {
      throw new AssertionError("Still open", e);
    } catch (IOException reset) {
      // As good as closed.
    }
    return text.toString();
  }
}
