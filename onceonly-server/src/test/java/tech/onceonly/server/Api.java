package tech.onceonly.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import tech.onceonly.server.store.SettableClock;

/** A running server and a client of it, over a real socket. */
final class Api implements AutoCloseable {
  static final String API_KEY = "test-key";
  static final ObjectMapper JSON = new ObjectMapper();

  final SettableClock clock;
  final OnceOnlyServer server;
  private final HttpClient client;

  private Api(SettableClock clock, OnceOnlyServer server, HttpClient.Version version) {
    this.clock = clock;
    this.server = server;
    this.client =
        HttpClient.newBuilder().version(version).connectTimeout(Duration.ofSeconds(10)).build();
  }

  static Api start() {
    return start(options());
  }

  static Api start(ServerOptions.Builder options) {
    return start(options, HttpClient.Version.HTTP_1_1);
  }

  static Api start(ServerOptions.Builder options, HttpClient.Version version) {
    SettableClock clock = new SettableClock();
    return new Api(clock, OnceOnlyServer.start(options.clock(clock).build()), version);
  }

  static ServerOptions.Builder options() {
    return ServerOptions.builder().port(0).apiKey(API_KEY).eventLoops(2);
  }

  record Answer(HttpResponse<String> response, JsonNode json) {
    int status() {
      return response.statusCode();
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse(null);
    }

    String text(String field) {
      return json.path(field).asText(null);
    }
  }

  /** Posts JSON written with single quotes. */
  Answer post(String path, String json, String... headers) {
    return postRaw(path, BodyPublishers.ofString(json.replace('\'', '"')), headers);
  }

  Answer postRaw(String path, BodyPublisher body, String... headers) {
    return send(request(path, headers).POST(body));
  }

  Answer get(String path, String... headers) {
    return send(request(path, headers).GET());
  }

  /** A request with the API key. */
  HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder request = bare(path).header("Authorization", "Bearer " + API_KEY);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return request;
  }

  /** A request without any. */
  HttpRequest.Builder bare(String path) {
    return HttpRequest.newBuilder(URI.create(server.baseUrl() + path))
        .timeout(Duration.ofSeconds(20));
  }

  Answer send(HttpRequest.Builder request) {
    try {
      HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
      return new Answer(response, JSON.readTree(response.body()));
    } catch (Exception e) {
      throw new AssertionError("No answer in JSON: " + e, e);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
