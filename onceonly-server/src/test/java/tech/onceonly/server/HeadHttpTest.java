package tech.onceonly.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HEAD is GET without the body, wherever no API key is asked for: probes and proxies send it. */
class HeadHttpTest {
  /** Of each answer its own: its id, and the length of a page of counts. */
  private static final List<String> OF_ONE_ANSWER = List.of("x-request-id", "content-length");

  private final Api api = Api.start(Api.options().console(true).metrics(true));

  @AfterEach
  void close() {
    api.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/console/console.js",
        "/health",
        "/v1/health",
        "/health/live",
        "/health/ready",
        "/openapi.json",
        "/metrics"
      })
  void itIsAnsweredAsGetIs(String path) throws Exception {
    HttpResponse<String> get = send("GET", path, HttpClient.Version.HTTP_1_1);
    HttpResponse<String> head = send("HEAD", path, HttpClient.Version.HTTP_1_1);
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(headers(head)).isEqualTo(headers(get));
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValueAsLong("content-length").orElse(0)).isPositive();
    if (!path.equals("/metrics")) {
      assertThat(head.headers().firstValueAsLong("content-length"))
          .isEqualTo(get.headers().firstValueAsLong("content-length"));
    }
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void whereNothingIsItIsRefusedAsGetIs(HttpClient.Version version) throws Exception {
    assertThat(send("HEAD", "/console/none", version).statusCode()).isEqualTo(404);
    assertThat(send("HEAD", "/none", version).statusCode()).isEqualTo(404);
    assertThat(send("HEAD", "/health/live", version).statusCode()).isEqualTo(200);
  }

  @Test
  void callsOfTheApiDoNotTakeItAndSoTheyTell() throws Exception {
    HttpResponse<String> me = send("HEAD", "/v1/me", HttpClient.Version.HTTP_1_1);
    assertThat(me.statusCode()).isEqualTo(405);
    assertThat(me.headers().firstValue("allow")).hasValue("GET");
    HttpResponse<String> posted = send("POST", "/health/live", HttpClient.Version.HTTP_1_1);
    assertThat(posted.statusCode()).isEqualTo(405);
    assertThat(posted.headers().firstValue("allow")).hasValue("GET, HEAD");
  }

  @Test
  void aFileThatTheBrowserHasIsUnchanged() throws Exception {
    String tag =
        send("HEAD", "/", HttpClient.Version.HTTP_1_1).headers().firstValue("etag").orElse("none");
    HttpRequest again =
        request("/").header("If-None-Match", tag).method("HEAD", BodyPublishers.noBody()).build();
    assertThat(HttpClient.newHttpClient().send(again, BodyHandlers.discarding()).statusCode())
        .isEqualTo(304);
  }

  /** A byte too many would be taken for the beginning of the next answer. */
  @Test
  void noBodyFollowsOnAConnectionThatIsUsedAgain() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.server.port())) {
      socket.setSoTimeout(20_000);
      String rest = " HTTP/1.1\r\nhost: x\r\n\r\n";
      write(
          socket,
          "HEAD /"
              + rest
              + ("HEAD /none" + rest)
              + ("HEAD /v1/me" + rest)
              + "GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
      String answers = new String(socket.getInputStream().readAllBytes(), US_ASCII);
      assertThat(answers.split("\r\n\r\n", -1))
          .hasSize(5)
          .satisfies(
              parts -> {
                assertThat(parts[0]).startsWith("HTTP/1.1 200 ");
                assertThat(parts[1]).startsWith("HTTP/1.1 404 ");
                assertThat(parts[2]).startsWith("HTTP/1.1 405 ");
                assertThat(parts[3]).startsWith("HTTP/1.1 200 ");
                assertThat(parts[4]).isEqualTo("{\"status\":\"ok\"}");
              });
    }
  }

  private HttpResponse<String> send(String method, String path, HttpClient.Version version)
      throws IOException, InterruptedException {
    return HttpClient.newBuilder()
        .version(version)
        .build()
        .send(
            request(path).method(method, BodyPublishers.noBody()).build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.server.port() + path));
  }

  private static Map<String, List<String>> headers(HttpResponse<String> answer) {
    Map<String, List<String>> headers = new TreeMap<>();
    answer.headers().map().forEach((name, all) -> headers.put(name.toLowerCase(Locale.ROOT), all));
    headers.keySet().removeAll(OF_ONE_ANSWER);
    return headers;
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
    socket.getOutputStream().flush();
  }
}
