package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.server.VectorsTest.json;

import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckLockHttpTest {
  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void aKeyIsFreeAgainWhenItsTtlHasPassedByTheClock(HttpClient.Version version) {
    try (Api api = Api.start(Api.options(), version)) {
      assertThat(checkLock(api, "k")).isEqualTo("locked");
      api.clock.advance(Duration.ofSeconds(60).minusMillis(1));
      assertThat(checkLock(api, "k")).isEqualTo("duplicate");
      api.clock.advance(Duration.ofMillis(1));
      assertThat(checkLock(api, "k")).isEqualTo("locked");
    }
  }

  @ParameterizedTest
  @EnumSource(Plan.class)
  void theTtlIsThePlansDefaultOrCutToItsMaximum(Plan plan) {
    try (Api api = Api.start(Api.options().plan(plan))) {
      assertThat(api.post("/check-lock", "{'key':'a'}").json().get("ttl").asLong())
          .isEqualTo(plan.defaultTtlSeconds());
      assertThat(api.post("/check-lock", "{'key':'n','ttl':null}").json().get("ttl").asLong())
          .isEqualTo(plan.defaultTtlSeconds());
      for (String huge : List.of("99999999", "9223372036854775807", "1" + "0".repeat(200))) {
        String body = "{'key':'%s','ttl':%s}".formatted(huge, huge);
        assertThat(api.post("/check-lock", body).json().get("ttl").asLong())
            .isEqualTo(plan.maxTtlSeconds());
      }
      api.clock.advance(Duration.ofSeconds(plan.maxTtlSeconds()));
      assertThat(checkLock(api, "99999999")).isEqualTo("locked");
    }
  }

  @Test
  void everyAnswerDeclaresTheExtensionsAndARequestId() {
    try (Api api = Api.start()) {
      for (Api.Answer answer :
          List.of(
              api.post("/check-lock", "{'key':'k'}"),
              api.post("/check-lock", "{'key':'k'}"),
              api.post("/check-lock", "{"),
              api.get("/health"),
              api.get("/nowhere"),
              api.post("/batch", "{'operations':[]}"),
              api.post("/batch", "["),
              api.send(api.bare("/me").GET()))) {
        assertThat(answer.header("X-OnceOnly-Release")).isEqualTo("true");
        assertThat(answer.header("X-OnceOnly-Replay")).isEqualTo("true");
        assertThat(answer.header("X-OnceOnly-Fingerprint")).isEqualTo("true");
        assertThat(answer.header("X-OnceOnly-Batch")).isEqualTo("512");
        assertThat(answer.header("X-Request-Id")).matches("[0-9a-f]{32}");
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
      }
    }
  }

  @Test
  void theWinnersRequestRepeatedIsLockedAgain() {
    try (Api api = Api.start()) {
      Api.Answer first = api.post("/check-lock", "{'key':'k'}", "X-Request-Id", "won");
      assertThat(api.post("/check-lock", "{'key':'k'}", "X-Request-Id", "won").json())
          .isEqualTo(first.json());
      assertThat(api.post("/check-lock", "{'key':'k'}", "X-Request-Id", "other").text("status"))
          .isEqualTo("duplicate");
      assertThat(api.post("/check-lock", "{'key':'k2'}", "X-Request-Id", "won").text("status"))
          .isEqualTo("locked");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"with space", "tab\tinside"})
  void aRequestIdThatIsNotUsableIsReplaced(String id) {
    try (Api api = Api.start()) {
      assertThat(api.get("/me", "X-Request-Id", id).header("X-Request-Id")).matches("[0-9a-f]{32}");
    }
  }

  @Test
  void aRequestIdIsEchoedUpToItsBound() {
    try (Api api = Api.start()) {
      String longest = "x".repeat(128);
      assertThat(api.get("/me", "X-Request-Id", longest).header("X-Request-Id")).isEqualTo(longest);
      assertThat(api.get("/me", "X-Request-Id", longest + "x").header("X-Request-Id"))
          .matches("[0-9a-f]{32}");
    }
  }

  @Test
  void aClaimIsReleasedByTheRequestIdThatWonIt() {
    try (Api api = Api.start()) {
      String id = api.post("/check-lock", "{'key':'k'}").header("X-Request-Id");
      Api.Answer refused = api.post("/release", "{'key':'k','request_id':'other'}");
      assertThat(refused.status()).isEqualTo(409);
      assertThat(refused.json().at("/detail/error").asText()).isEqualTo("lease_lost");
      assertThat(refused.response().body()).doesNotContain(id);
      assertThat(checkLock(api, "k")).isEqualTo("duplicate");

      String release = "{'key':'k','request_id':'%s'}".formatted(id);
      Api.Answer released = api.post("/release", release);
      assertThat(released.status()).isEqualTo(200);
      assertThat(released.json()).isEqualTo(json("{'ok':true,'status':'released','key':'k'}"));
      assertThat(api.post("/release", release).status()).isEqualTo(409);
      assertThat(checkLock(api, "k")).isEqualTo("locked");
    }
  }

  @Test
  void aFullServerRefusesNewKeysWith503() {
    try (Api api = Api.start(Api.options().maxKeys(2))) {
      checkLock(api, "a");
      checkLock(api, "b");
      Api.Answer refused = api.post("/check-lock", "{'key':'c'}");
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.json().at("/detail/error").asText()).isEqualTo("store_full");
      assertThat(api.post("/ai/lease", "{'key':'c'}").status()).isEqualTo(503);
      assertThat(checkLock(api, "a")).isEqualTo("duplicate");
    }
  }

  @Test
  void keysAreTakenAsTheyAre() {
    try (Api api = Api.start()) {
      for (String key : List.of(" k", "k", "k ", "K", "é", "e\u0301", "😀", "\u0000", "\u007f")) {
        String body = Api.JSON.createObjectNode().put("key", key).toString();
        Api.Answer answer = api.postRaw("/check-lock", ofString(body));
        assertThat(answer.text("status")).as(body).isEqualTo("locked");
        assertThat(answer.text("key")).isEqualTo(key);
      }
    }
  }

  @Test
  void aKeyOf256CodePointsIsTakenAndOneMoreRefused() {
    try (Api api = Api.start()) {
      assertThat(checkLock(api, "😀".repeat(256))).isEqualTo("locked");
      Api.Answer refused = api.post("/check-lock", "{'key':'%s'}".formatted("😀".repeat(257)));
      assertThat(refused.status()).isEqualTo(422);
      assertThat(refused.json().at("/detail/0/type").asText()).isEqualTo("string_too_long");
      assertThat(refused.json().at("/detail/0/input").asText()).isEqualTo("😀".repeat(64) + "…");
    }
  }

  @Test
  void metadataIsMeasuredAsCompactJsonInBytes() {
    try (Api api = Api.start()) {
      // {"m":"…"} is 8 bytes around the text.
      String fits = "{ 'key' : 'a' , 'metadata' : { 'm' :   '%s' } }".formatted("é".repeat(1_020));
      assertThat(api.post("/check-lock", fits).status()).isEqualTo(200);
      String over = "{'key':'b','metadata':{'m':'%s'}}".formatted("é".repeat(1_020) + "x");
      Api.Answer refused = api.post("/check-lock", over);
      assertThat(refused.status()).isEqualTo(422);
      assertThat(refused.json().at("/detail/0/loc")).isEqualTo(json("['body','metadata']"));
      assertThat(checkLock(api, "b")).isEqualTo("locked");
    }
  }

  private static String checkLock(Api api, String key) {
    return api.post("/check-lock", "{'key':'%s','ttl':60}".formatted(key)).text("status");
  }

  private static BodyPublisher ofString(String body) {
    return BodyPublishers.ofString(body);
  }
}
