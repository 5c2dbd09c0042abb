package tech.onceonly.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The proxy and the scripted API before a server that gives back what it gets. */
@Timeout(60)
class OutageTest {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(300);

  private final AtomicInteger served = new AtomicInteger();
  private HttpServer server;

  @BeforeEach
  void startServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::giveBack);
    server.start();
  }

  @AfterEach
  void stopServer() {
    server.stop(0);
  }

  @Test
  void refusesAndRestoresOnTheSamePort() throws Exception {
    try (OutageProxy proxy = OutageProxy.start("127.0.0.1", server.getAddress().getPort())) {
      assertThat(post(proxy.baseUrl(), "one", LONG).body()).isEqualTo("one");

      proxy.refuse();
      assertThatThrownBy(() -> post(proxy.baseUrl(), "two", LONG))
          .isInstanceOf(ConnectException.class);

      proxy.restore();
      assertThat(post(proxy.baseUrl(), "three", LONG).body()).isEqualTo("three");
      assertThat(served).hasValue(2);
    }
  }

  @Test
  void swallowsRequestsWithoutAnAnswer() throws Exception {
    try (OutageProxy proxy = OutageProxy.start("127.0.0.1", server.getAddress().getPort())) {
      post(proxy.baseUrl(), "one", LONG);

      proxy.blackhole();
      assertThatThrownBy(() -> post(proxy.baseUrl(), "two", SHORT))
          .isInstanceOf(HttpTimeoutException.class);

      proxy.restore();
      assertThat(post(proxy.baseUrl(), "three", LONG).body()).isEqualTo("three");
      assertThat(served).hasValue(2);
    }
  }

  @Test
  void losesAnswersOfRequestsThatTookEffect() throws Exception {
    try (OutageProxy proxy = OutageProxy.start("127.0.0.1", server.getAddress().getPort())) {
      proxy.loseAnswers();
      assertThatThrownBy(() -> post(proxy.baseUrl(), "one", SHORT))
          .isInstanceOf(HttpTimeoutException.class);
      Await.until("the server has seen it", LONG, () -> served.get() == 1);
      assertThat(proxy.accepted()).isEqualTo(1);
    }
  }

  @Test
  void breaksConnectionsOff() throws Exception {
    try (OutageProxy proxy = OutageProxy.start("127.0.0.1", server.getAddress().getPort())) {
      post(proxy.baseUrl(), "one", LONG);
      proxy.reset();
      assertThatThrownBy(() -> post(proxy.baseUrl(), "two", LONG))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(HttpTimeoutException.class);
      proxy.restore();
      assertThat(post(proxy.baseUrl(), "three", LONG).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void breaksOpenConnectionsOffWhenTheyLostBytes() throws Exception {
    try (OutageProxy proxy = OutageProxy.start("127.0.0.1", server.getAddress().getPort());
        Socket used = connect(proxy);
        Socket unused = connect(proxy)) {
      Await.until("both are accepted", LONG, () -> proxy.accepted() == 2);
      proxy.blackhole();
      used.getOutputStream().write('x');
      Await.until("the byte is swallowed", LONG, () -> proxy.stalled() == 1);
      proxy.restore();

      Await.until("broken off", LONG, () -> isBrokenOff(used));
      assertThat(isBrokenOff(unused)).as("one that lost nothing").isFalse();
      proxy.refuse();
      Await.until("broken off too", LONG, () -> isBrokenOff(unused));
    }
  }

  @Test
  void answersAsToldAndForwardsTheRest() throws Exception {
    try (ScriptedApi api = ScriptedApi.start("127.0.0.1", server.getAddress().getPort())) {
      HttpResponse<String> forwarded = post(api.baseUrl() + "/v1/check-lock?x=1", "one", LONG);
      assertThat(forwarded.body()).isEqualTo("one");
      assertThat(forwarded.headers().firstValue("X-Path")).hasValue("/v1/check-lock?x=1");

      api.answer(429, "{\"detail\":\"slow down\"}", Map.of("Retry-After", "2"));
      HttpResponse<String> scripted = post(api.baseUrl() + "/v1/check-lock", "two", LONG);
      assertThat(scripted.statusCode()).isEqualTo(429);
      assertThat(scripted.body()).isEqualTo("{\"detail\":\"slow down\"}");
      assertThat(scripted.headers().firstValue("Retry-After")).hasValue("2");

      api.answerWhere("/me"::equals, 401, "", Map.of());
      assertThat(post(api.baseUrl() + "/me", "three", LONG).statusCode()).isEqualTo(401);
      assertThat(post(api.baseUrl() + "/v1/check-lock", "four", LONG).statusCode()).isEqualTo(200);

      api.forward();
      assertThat(post(api.baseUrl() + "/me", "five", LONG).statusCode()).isEqualTo(200);
      assertThat(api.answered()).isEqualTo(2);
      assertThat(api.forwarded()).isEqualTo(3);
      assertThat(served).hasValue(3);
    }
  }

  @Test
  void saysSoWhereTheServerBehindIsDown() throws Exception {
    server.stop(0);
    try (ScriptedApi api = ScriptedApi.start("127.0.0.1", server.getAddress().getPort())) {
      assertThat(post(api.baseUrl() + "/me", "one", LONG).statusCode()).isEqualTo(502);
    }
  }

  private static Socket connect(OutageProxy proxy) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    socket.setSoTimeout(50);
    return socket;
  }

  private static boolean isBrokenOff(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private HttpResponse<String> post(String url, String body, Duration timeout)
      throws IOException, InterruptedException {
    // A client of its own for each call: no connection is left over from before an outage.
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(url))
                .timeout(timeout)
                .POST(BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
  }

  private void giveBack(HttpExchange exchange) throws IOException {
    served.incrementAndGet();
    byte[] body = exchange.getRequestBody().readAllBytes();
    exchange.getResponseHeaders().add("X-Path", exchange.getRequestURI().toString());
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
