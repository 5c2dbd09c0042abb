package tech.onceonly.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, and that it is refused in the documented shapes, never with a fault. */
class RefusalHttpTest {
  private static Api api;

  @BeforeAll
  static void start() {
    api = Api.start();
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Basic dTpw", "Bearer", "Bearer ", "Bearer   ", "test-key"})
  void withoutABearerTokenItIs401(String authorization) {
    Api.Answer answer = api.send(api.bare("/me").header("Authorization", authorization).GET());
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.response().body())
        .isEqualTo("{\"detail\":\"Missing Authorization Bearer token\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer x", "Bearer test-ke", "Bearer test-keyy", "Bearer TEST-KEY"})
  void withAnotherApiKeyItIs403(String authorization) {
    Api.Answer answer =
        api.send(
            api.bare("/check-lock")
                .header("Authorization", authorization)
                .POST(BodyPublishers.ofString("{\"key\":\"k\"}")));
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.response().body()).isEqualTo("{\"detail\":\"Invalid API key\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bearer test-key", "BEARER  test-key"})
  void theSchemeIsReadWithoutCase(String authorization) {
    assertThat(api.send(api.bare("/me").header("Authorization", authorization).GET()).status())
        .isEqualTo(200);
  }

  @Test
  void everyApiKeyGivenIsGood() {
    try (Api two = Api.start(Api.options().apiKey("second"))) {
      assertThat(two.get("/me").status()).isEqualTo(200);
      assertThat(two.send(two.bare("/me").header("Authorization", "Bearer second").GET()).status())
          .isEqualTo(200);
    }
  }

  @Test
  void otherPathsAndMethodsAreRefused() {
    assertThat(api.get("/check-lock").status()).isEqualTo(405);
    assertThat(api.get("/check-lock").header("Allow")).isEqualTo("POST");
    assertThat(api.post("/me", "{}").status()).isEqualTo(405);
    assertThat(api.send(api.request("/ai/lease").DELETE()).status()).isEqualTo(405);
    assertThat(api.get("/check-lock/").status()).isEqualTo(404);
    assertThat(api.get("/../me").status()).isEqualTo(404);
    assertThat(api.get("/batch").status()).isEqualTo(405);
  }

  @ParameterizedTest
  @MethodSource("malformedBodies")
  void aMalformedBodyIs422InTheArrayShape(byte[] body) {
    for (String path : List.of("/check-lock", "/release", "/ai/lease", "/ai/complete", "/batch")) {
      Api.Answer answer = api.postRaw(path, BodyPublishers.ofByteArray(body));
      assertThat(answer.status()).isEqualTo(422);
      assertDocumented(answer.json());
    }
  }

  static List<byte[]> malformedBodies() {
    List<String> texts =
        List.of(
            "",
            " ",
            "null",
            "[]",
            "[{\"key\":\"k\"}]",
            "1",
            "\"key\"",
            "true",
            "{",
            "{}",
            "}",
            "{\"key\":\"k\"",
            "{\"key\":\"k\"}}",
            "{\"key\":\"k\"} x",
            "{\"key\":\"k\"}{\"key\":\"k\"}",
            "{\"key\":\"k\",}",
            "{'key':'k'}",
            "{key:\"k\"}",
            "{\"key\":k}",
            "{\"key\":\"k\\x\"}",
            "{\"key\":\"a\nb\"}",
            "{\"key\":\"\\ud800\"}",
            "{\"key\":\"\\udc00\\ud800\"}",
            "{\"key\":\"\"}",
            "{\"key\":null}",
            "{\"key\":1}",
            "{\"key\":true}",
            "{\"key\":[\"k\"]}",
            "{\"key\":{\"key\":\"k\"}}",
            "{\"Key\":\"k\"}",
            "{\"key\":\"" + "k".repeat(257) + "\"}",
            "{\"key\":\"k\",\"x\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}",
            "{\"key\":\"k\",\"x\":" + "9".repeat(2_000) + ",\"ttl\":0}",
            "<html>",
            "key=k&ttl=60");
    List<byte[]> bodies = new ArrayList<>();
    texts.forEach(text -> bodies.add(text.getBytes(UTF_8)));
    bodies.add("{\"key\":\"é\"}".getBytes(ISO_8859_1));
    bodies.add(new byte[] {0});
    bodies.add(new byte[] {(byte) 0xFF, (byte) 0xFE});
    bodies.add(new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF});
    bodies.add("{\"key\":".getBytes(UTF_16));
    return bodies;
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "1.5", "60.0", "1e3", "'60'", "true", "[]", "{}", "-1e99"})
  void aTtlThatIsNoWholeNumberOfSecondsIs422(String ttl) {
    Api.Answer answer = api.post("/check-lock", "{'key':'ttl','ttl':%s}".formatted(ttl));
    assertThat(answer.status()).isEqualTo(422);
    assertDocumented(answer.json());
    assertThat(answer.json().at("/detail/0/loc/1").asText()).isEqualTo("ttl");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "'x'", "1", "true", "[{}]"})
  void metadataThatIsNoObjectIs422(String metadata) {
    Api.Answer answer = api.post("/check-lock", "{'key':'m','metadata':%s}".formatted(metadata));
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.json().at("/detail/0/loc/1").asText()).isEqualTo("metadata");
  }

  @Test
  void everyFaultOfABodyIsNamed() {
    Api.Answer answer = api.post("/check-lock", "{'ttl':0,'metadata':1}");
    assertThat(answer.json().get("detail")).hasSize(3);
    assertDocumented(answer.json());
  }

  @Test
  void unknownFieldsAreIgnoredWhateverTheyHold() {
    Api.Answer answer =
        api.post("/check-lock", "{'x':{'key':1},'lease_id':7,'key':'unknown','result':[[]]}");
    assertThat(answer.text("status")).isEqualTo("locked");
  }

  @Test
  void damagedBodiesNeverMakeAFault() {
    Random random = new Random(20260106);
    byte[] whole =
        "{\"key\":\"kéy😀\",\"ttl\":60,\"metadata\":{\"a\":[1,2.5e3,\"\\u00e9\"]}}".getBytes(UTF_8);
    for (int i = 0; i < 500; i++) {
      byte[] damaged = Arrays.copyOf(whole, 1 + random.nextInt(whole.length));
      for (int hit = random.nextInt(4); hit >= 0; hit--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      Api.Answer answer = api.postRaw("/check-lock", BodyPublishers.ofByteArray(damaged));
      assertThat(answer.status()).as(new String(damaged, UTF_8)).isIn(200, 422);
    }
  }

  @Test
  void aBodyBeyondItsBoundIs413AndTheServerGoesOn() {
    byte[] large = "{\"key\":\"k\"}".repeat(12_000).getBytes(UTF_8);
    assertThat(large.length).isGreaterThan(RequestReader.MAX_BODY_BYTES);
    assertThat(api.postRaw("/check-lock", BodyPublishers.ofByteArray(large)).status())
        .isEqualTo(413);
    // Without a length declared: by chunks.
    assertThat(
            api.postRaw(
                    "/check-lock", BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(large)))
                .status())
        .isEqualTo(413);
    assertThat(api.get("/me").status()).isEqualTo(200);
  }

  private static void assertDocumented(JsonNode json) {
    assertThat(json.get("detail").isArray()).isTrue();
    assertThat(json.get("detail")).isNotEmpty();
    for (JsonNode error : json.get("detail")) {
      assertThat(error.fieldNames()).toIterable().containsExactly("type", "loc", "msg", "input");
      assertThat(error.get("loc").get(0).asText()).isEqualTo("body");
      assertThat(error.get("msg").asText()).isNotBlank();
    }
  }
}
