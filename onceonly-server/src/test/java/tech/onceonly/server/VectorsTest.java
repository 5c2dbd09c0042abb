package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The request half of the golden vectors: what this server makes of each, in documented shape. */
class VectorsTest {
  @ParameterizedTest(name = "{0}")
  @MethodSource("vectors")
  void everyRequestIsLockedThenDuplicate(String name, JsonNode request) {
    try (Api api = Api.start(Api.options().plan(Plan.FREE))) {
      long ttl = request.has("ttl") ? Math.min(request.get("ttl").asLong(), 3_600) : 60;

      Api.Answer first = api.post("/check-lock", request.toString(), "X-Request-Id", "r-1");
      assertThat(first.status()).isEqualTo(200);
      assertThat(first.header("X-OnceOnly-Status")).isEqualTo("locked");
      assertThat(first.header("X-Request-Id")).isEqualTo("r-1");
      assertThat(first.json())
          .isEqualTo(
              json(
                  "{'success':true,'status':'locked','key':'order:1','ttl':%d,'first_seen_at':null}"
                      .formatted(ttl)));

      Api.Answer second = api.post("/check-lock", request.toString(), "X-Request-Id", "r-2");
      assertThat(second.status()).isEqualTo(200);
      assertThat(second.header("X-OnceOnly-Status")).isEqualTo("duplicate");
      assertThat(second.header("X-Request-Id")).isEqualTo("r-2");
      assertThat(second.json())
          .isEqualTo(
              json(
                  ("{'success':false,'status':'duplicate','key':'order:1','ttl':%d,"
                          + "'first_seen_at':'2026-01-06T10:00:00Z'}")
                      .formatted(ttl)));
    }
  }

  /** Answers of the vectors that this server gives too: the same fields, not only similar ones. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("answersOfThisServer")
  void anAnswerHasTheFieldsOfItsVector(String name, JsonNode vector) {
    try (Api api = Api.start(optionsFor(name))) {
      Api.Answer answer = provoke(api, name, vector.get("request").toString());
      JsonNode expected = vector.get("response");
      assertThat(answer.status()).isEqualTo(expected.get("status").asInt());
      assertThat(fields(answer.json())).isEqualTo(fields(expected.get("json")));
    }
  }

  private static ServerOptions.Builder optionsFor(String name) {
    return Api.options().plan(Plan.FREE).duplicateStatus(name.contains("409") ? 409 : 200);
  }

  private static Api.Answer provoke(Api api, String name, String request) {
    return switch (name) {
      case "locked: body and header" -> api.post("/check-lock", request);
      case "duplicate: body", "duplicate: 409" -> {
        api.post("/check-lock", request);
        yield api.post("/check-lock", request);
      }
      case "401" -> api.send(api.bare("/check-lock").POST(body(request)));
      case "403 invalid key" ->
          api.send(
              api.bare("/check-lock").header("Authorization", "Bearer no").POST(body(request)));
      case "422 array" -> api.post("/check-lock", request.replace("order:1", "k".repeat(257)));
      case "404" -> api.post("/check-lock/elsewhere", request);
      default -> throw new AssertionError("No way known to provoke: " + name);
    };
  }

  static List<Object[]> answersOfThisServer() throws Exception {
    List<String> names =
        List.of(
            "locked: body and header",
            "duplicate: body",
            "duplicate: 409",
            "401",
            "403 invalid key",
            "422 array",
            "404");
    List<Object[]> found = new ArrayList<>();
    for (JsonNode vector : read()) {
      if (names.contains(vector.get("name").asText())) {
        found.add(new Object[] {vector.get("name").asText(), vector});
      }
    }
    assertThat(found).hasSameSizeAs(names);
    return found;
  }

  /** The distinct requests of the vectors: most of them differ in the answer alone. */
  static Stream<Object[]> vectors() throws Exception {
    List<JsonNode> requests = new ArrayList<>();
    for (JsonNode vector : read()) {
      if (!requests.contains(vector.get("request"))) {
        requests.add(vector.get("request"));
      }
    }
    assertThat(requests).hasSizeGreaterThanOrEqualTo(3);
    return requests.stream().map(request -> new Object[] {request.toString(), request});
  }

  private static JsonNode read() throws Exception {
    try (InputStream in = VectorsTest.class.getResourceAsStream("/vectors.json")) {
      return Api.JSON.readTree(in).get("vectors");
    }
  }

  /** Names and kinds of an answer's fields, and the text of its plain {@code detail}. */
  private static Object fields(JsonNode node) {
    if (node.isObject()) {
      TreeSet<String> fields = new TreeSet<>();
      for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
        String name = names.next();
        fields.add(name + "=" + fields(node.get(name)));
      }
      return fields;
    }
    if (node.isArray()) {
      List<Object> elements = new ArrayList<>();
      node.forEach(element -> elements.add(fields(element)));
      return elements;
    }
    return node.isTextual() && !node.asText().contains("T10:") ? text(node) : node.getNodeType();
  }

  /** A 422's input depends on what was sent. */
  private static String text(JsonNode node) {
    return node.asText().contains("…") ? "…" : node.asText();
  }

  private static BodyPublisher body(String text) {
    return BodyPublishers.ofString(text);
  }

  static JsonNode json(String text) {
    try {
      return Api.JSON.readTree(text.replace('\'', '"'));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
