package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The document says what the handlers do: every call, every field read, every answer given. */
class OpenApiTest {
  private static final int MAX_KEYS = 4;

  private final Api api = Api.start(Api.options().adminKey("admin").maxKeys(MAX_KEYS));
  private final JsonNode document =
      api.send(
              api.bare("")
                  .uri(URI.create("http://127.0.0.1:" + api.server.port() + "/openapi.json"))
                  .GET())
          .json();

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void itNamesTheVeryCallsThatThereAre() {
    Set<String> told = new TreeSet<>();
    document
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        method -> {
                          if (!method.equals("parameters")) {
                            told.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey());
                          }
                        }));
    Set<String> there = new TreeSet<>();
    for (Route route : Route.values()) {
      for (HttpMethod method : List.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.DELETE)) {
        if (route.takes(method)) {
          there.add(method.name() + " " + route.pathTemplate());
        }
      }
    }
    assertThat(told).isEqualTo(there);
  }

  @ParameterizedTest
  @EnumSource
  void whatNeedsAnApiKeyIsTold(Route route) {
    JsonNode path = document.get("paths").get(route.pathTemplate());
    JsonNode call = route.hasBody() ? path.get("post") : path.get("get");
    assertThat(call.has("security")).isEqualTo(route.isOpen());
  }

  @ParameterizedTest
  @EnumSource
  void theFieldsThatAreReadAreTold(Route route) {
    if (!route.hasBody() || route == Route.BATCH) {
      return; // nothing is read of it here
    }
    JsonNode call = document.get("paths").get(route.pathTemplate()).get("post");
    JsonNode schema = resolved(call.at("/requestBody/content/application~1json/schema"));
    Set<String> read =
        Arrays.stream(Route.Field.values())
            .filter(route::reads)
            .map(Route.Field::word)
            .collect(Collectors.toSet());
    assertThat(names(schema.get("properties"))).isEqualTo(read);
    Set<String> required =
        Arrays.stream(Route.Field.values())
            .filter(field -> route.reads(field) && field.isRequired())
            .map(Route.Field::word)
            .collect(Collectors.toSet());
    assertThat(texts(schema.get("required"))).isEqualTo(required);
  }

  @Test
  void everyAnswerIsAsItIsTold() {
    String k = "{'key':'k'}";
    check("POST", "/check-lock", k, 200);
    check("POST", "/check-lock", k, 200);
    check("POST", "/check-lock", "{'key':''}", 422);
    check("POST", "/ai/lease", "{'key':'p','fingerprint':'one'}", 200);
    check("POST", "/ai/lease", "{'key':'p','fingerprint':'two'}", 200);
    check("DELETE", "/keys/p", null, 200);
    check("POST", "/check-lock", "{'key':'p','fingerprint':'one'}", 200);
    check("POST", "/check-lock", "{'key':'p','fingerprint':'two'}", 200);
    check("POST", "/check-lock", "not json", 422);
    check("POST", "/release", "{'key':'k','request_id':'other'}", 409);
    check("POST", "/release", "{'key':'k','request_id':'r'}", 200);
    String leaseId = check("POST", "/ai/lease", k, 200).text("lease_id");
    check("POST", "/ai/lease", k, 200);
    check("GET", "/ai/status?key=k", null, 200);
    check("GET", "/keys/k", null, 200);
    String owned = "{'key':'k','lease_id':'" + leaseId + "'";
    check("POST", "/ai/extend", owned + "}", 200);
    check("POST", "/ai/complete", owned + ",'result':{'a':1}}", 200);
    check("POST", "/ai/cancel", owned + "}", 409);
    check("POST", "/ai/lease", k, 200);
    check("GET", "/ai/result?key=k", null, 200);
    check("GET", "/ai/result?key=nobodys", null, 200);
    check("GET", "/ai/status", null, 422);
    String other = check("POST", "/ai/lease", "{'key':'l'}", 200).text("lease_id");
    check("POST", "/ai/fail", "{'key':'l','lease_id':'" + other + "','error_code':'e'}", 200);
    check("POST", "/ai/lease", "{'key':'l'}", 200);
    check("GET", "/keys", null, 200);
    check("GET", "/keys?lease=in_progress", null, 200);
    check("GET", "/keys?limit=0", null, 422);
    check("DELETE", "/keys/k", null, 200);
    for (String path :
        List.of(
            "/me",
            "/usage",
            "/usage/all",
            "/events",
            "/stats",
            "/metrics",
            "/health",
            "/usage?kind=x")) {
      check("GET", path, null, path.endsWith("x") ? 422 : 200);
    }
    check(
        "POST",
        "/batch",
        "{'operations':[['check-lock','r-1',{'key':'b'}],['cancel',null,{'key':'b'}]]}",
        200);
    check("POST", "/batch", "{}", 422);
    for (int i = 0; i < MAX_KEYS; i++) {
      api.post("/check-lock", "{'key':'m%d'}".formatted(i));
    }
    check("POST", "/check-lock", "{'key':'one more'}", 503);
  }

  @Test
  void everyRefusalIsAsItIsTold() {
    Api.Answer missing = api.send(api.bare("/me").GET());
    checkAnswer("GET", "/me", missing, 401);
    checkAnswer(
        "GET", "/me", api.send(api.bare("/me").header("Authorization", "Bearer x").GET()), 403);
    checkAnswer("GET", "/keys", api.get("/keys"), 403);
    checkAnswer(
        "POST",
        "/check-lock",
        api.postRaw("/check-lock", BodyPublishers.ofByteArray(new byte[200_000])),
        413);
  }

  private Api.Answer check(String method, String path, String body, int status) {
    var request =
        api.bare(path).header("Authorization", "Bearer admin").header("X-Request-Id", "r");
    Api.Answer answer =
        api.send(
            request.method(
                method,
                body == null
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofString(body.replace('\'', '"'))));
    checkAnswer(method, path, answer, status);
    return answer;
  }

  private void checkAnswer(String method, String path, Api.Answer answer, int status) {
    assertThat(answer.status()).as("%s %s: %s", method, path, answer.json()).isEqualTo(status);
    Route route = Route.ofPath("/v1" + path.replaceFirst("[?].*", ""));
    JsonNode told =
        document
            .get("paths")
            .get(route.pathTemplate())
            .get(method.toLowerCase(Locale.ROOT))
            .get("responses")
            .get(Integer.toString(status));
    assertThat(told).as("%s %s is told to answer %d", method, path, status).isNotNull();
    JsonNode schema = resolved(told).at("/content/application~1json/schema");
    assertThat(faultsOf(answer.json(), schema, "")).as("%s %s", method, path).isEmpty();
  }

  /** What an answer holds that the schema does not tell of, or the other way round. */
  private List<String> faultsOf(JsonNode value, JsonNode given, String at) {
    JsonNode schema = resolved(given);
    if (schema.has("oneOf")) {
      List<String> fewest = null;
      for (JsonNode one : schema.get("oneOf")) {
        List<String> faults = faultsOf(value, one, at);
        fewest = fewest == null || faults.size() < fewest.size() ? faults : fewest;
      }
      return fewest;
    }
    List<String> faults = new ArrayList<>();
    if (schema.has("type") && !texts(schema.get("type")).contains(typeOf(value))) {
      faults.add(at + " is " + typeOf(value));
    }
    if (schema.has("enum") && !texts(schema.get("enum")).contains(value.asText())) {
      faults.add(at + " is '" + value.asText() + "'");
    }
    if (value.isObject() && schema.has("properties")) {
      value
          .properties()
          .forEach(
              field -> {
                JsonNode of = schema.get("properties").get(field.getKey());
                String place = at + "/" + field.getKey();
                if (of == null) {
                  faults.add(place + " is not told");
                } else {
                  faults.addAll(faultsOf(field.getValue(), of, place));
                }
              });
      texts(schema.path("required")).stream()
          .filter(required -> !value.has(required))
          .forEach(required -> faults.add(at + "/" + required + " is missing"));
    }
    if (value.isArray() && schema.has("items")) {
      value.forEach(item -> faults.addAll(faultsOf(item, schema.get("items"), at + "/*")));
    }
    return faults;
  }

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.get("$ref").asText().substring(1)) : node;
  }

  private static String typeOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case NUMBER -> "integer";
      default -> value.getNodeType().name().toLowerCase(Locale.ROOT);
    };
  }

  private static Set<String> names(JsonNode object) {
    Set<String> names = new TreeSet<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** Of a list of texts, or the one text that it is. */
  private static Set<String> texts(JsonNode node) {
    Set<String> texts = new TreeSet<>();
    if (node.isTextual()) {
      texts.add(node.asText());
    }
    node.forEach(text -> texts.add(text.asText()));
    return texts;
  }
}
