package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.server.VectorsTest.json;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators see and free, and that nobody else does. */
class KeysHttpTest {
  private final Api api = Api.start(Api.options().adminKey("admin"));

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void aKeyIsShownWithoutItsOwner() {
    assertThat(admin("GET", "/keys/k").json()).isEqualTo(json("{'key':'k','held':false}"));
    api.post("/check-lock", "{'key':'k','ttl':60}", "X-Request-Id", "owner-request");
    String leaseId = api.post("/ai/lease", "{'key':'k','ttl':30}").text("lease_id");
    api.clock.advance(Duration.ofSeconds(10));
    Api.Answer shown = admin("GET", "/keys/k");
    assertThat(shown.json())
        .isEqualTo(
            json(
                "{'key':'k','held':true,"
                    + "'check_lock':{'first_seen_at':'2026-01-06T10:00:00Z','ttl':60,'ttl_left':50},"
                    + "'lease':{'status':'in_progress','version':1,"
                    + "'first_seen_at':'2026-01-06T10:00:00Z','ttl':30,'ttl_left':20,"
                    + "'done_at':null,'error_code':null,'result_stored':false}}"));
    assertThat(shown.response().body()).doesNotContain(leaseId).doesNotContain("owner-request");
  }

  @Test
  void aFreedKeyRunsAgainAndItsOwnerHasLostIt() {
    api.post("/check-lock", "{'key':'k'}", "X-Request-Id", "r-1");
    String leaseId = api.post("/ai/lease", "{'key':'k'}").text("lease_id");
    Api.Answer freed = admin("DELETE", "/keys/k");
    assertThat(freed.status()).isEqualTo(200);
    assertThat(freed.json().at("/held").asBoolean()).isTrue();
    assertThat(freed.json().at("/lease/status").asText()).isEqualTo("in_progress");
    assertThat(admin("DELETE", "/keys/k").json()).isEqualTo(json("{'key':'k','held':false}"));

    for (String call : List.of("extend", "complete", "cancel")) {
      Api.Answer late = api.post("/ai/" + call, "{'key':'k','lease_id':'" + leaseId + "'}");
      assertThat(late.status()).as(call).isEqualTo(409);
      assertThat(late.json().at("/detail/error").asText()).isEqualTo("lease_lost");
    }
    assertThat(api.post("/release", "{'key':'k','request_id':'r-1'}").status()).isEqualTo(409);
    assertThat(api.post("/check-lock", "{'key':'k'}").text("status")).isEqualTo("locked");
    assertThat(api.post("/ai/lease", "{'key':'k'}").json().get("version").asInt()).isEqualTo(2);
    assertThat(api.get("/events?limit=10").json().findValuesAsText("type"))
        .containsOnlyOnce("released");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a/b", "/", "..", "a//b", "50% + 1", "a?b#c", "a%2Fb", "prüfung", "😀", "a+b c", "~"
      })
  void everyKeyCanBeNamed(String key) {
    api.send(
        api.request("/check-lock")
            .POST(HttpRequest.BodyPublishers.ofString("{\"key\":\"" + key + "\"}")));
    String path = "/keys/" + URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
    assertThat(admin("GET", path).text("key")).isEqualTo(key);
    assertThat(admin("DELETE", path).json().get("held").asBoolean()).isTrue();
    assertThat(admin("GET", path).json().get("held").asBoolean()).isFalse();
  }

  @Test
  void keysAreListedPageByPage() {
    for (int i = 0; i < 7; i++) {
      api.post("/check-lock", "{'key':'a/%d'}".formatted(i));
      api.post("/ai/lease", "{'key':'b%d'}".formatted(i));
    }
    List<String> listed = new ArrayList<>();
    String cursor = "";
    int pages = 0;
    do {
      Api.Answer page = admin("GET", "/keys?prefix=a%2F&limit=3" + cursor);
      listed.addAll(page.json().get("keys").findValuesAsText("key"));
      String next = page.text("cursor");
      cursor = next == null ? "" : "&cursor=" + URLEncoder.encode(next, StandardCharsets.UTF_8);
      pages++;
    } while (!cursor.isEmpty());
    assertThat(listed).containsExactlyInAnyOrder("a/0", "a/1", "a/2", "a/3", "a/4", "a/5", "a/6");
    assertThat(pages).isEqualTo(3);
    assertThat(admin("GET", "/keys").json().get("keys")).hasSize(14);
    assertThat(admin("GET", "/keys?limit=1000000").json().get("keys")).hasSize(14);
  }

  @Test
  void whatIsBeingWorkedOnIsListedByItself() {
    api.post("/check-lock", "{'key':'claimed'}");
    String leaseId = api.post("/ai/lease", "{'key':'done'}").text("lease_id");
    api.post("/ai/complete", "{'key':'done','lease_id':'" + leaseId + "'}");
    api.post("/ai/lease", "{'key':'long','ttl':60}");
    api.post("/ai/lease", "{'key':'short','ttl':30}");
    api.clock.advance(Duration.ofSeconds(30));
    JsonNode page = admin("GET", "/keys?lease=in_progress").json();
    assertThat(page.at("/keys").findValuesAsText("key")).containsExactly("long");
    assertThat(page.at("/keys/0/lease/ttl_left").asInt()).isEqualTo(30);
  }

  @Test
  void thePlainKeySeesNothingAndIsToldWhichItNeeds() {
    api.post("/check-lock", "{'key':'k'}");
    for (HttpRequest.Builder request :
        List.of(
            api.request("/keys").GET(),
            api.request("/keys/k").GET(),
            api.request("/keys/k").DELETE())) {
      Api.Answer refused = api.send(request);
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.json().at("/detail/error").asText()).isEqualTo("admin_required");
      assertThat(refused.header("X-OnceOnly-Keys")).isNull();
    }
    assertThat(admin("GET", "/keys/k").json().get("held").asBoolean()).isTrue();
  }

  @Test
  void theAdminKeyIsAnApiKeyAndIsToldOfTheExtension() {
    assertThat(admin("GET", "/me").header("X-OnceOnly-Keys")).isEqualTo("true");
    assertThat(admin("GET", "/me").status()).isEqualTo(200);
    assertThat(api.get("/me").header("X-OnceOnly-Keys")).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/keys?limit=0", "/keys?limit=x", "/keys?lease=completed", "/keys/"})
  void whatMakesNoSenseIs422(String path) {
    assertThat(admin("GET", path).status()).isEqualTo(422);
  }

  @Test
  void otherMethodsAreRefused() {
    assertThat(admin("PUT", "/keys/k").status()).isEqualTo(405);
    assertThat(admin("PUT", "/keys/k").header("Allow")).isEqualTo("GET, DELETE");
    assertThat(admin("DELETE", "/keys").header("Allow")).isEqualTo("GET");
  }

  private Api.Answer admin(String method, String path) {
    return api.send(
        api.bare(path)
            .header("Authorization", "Bearer admin")
            .method(method, HttpRequest.BodyPublishers.noBody()));
  }
}
