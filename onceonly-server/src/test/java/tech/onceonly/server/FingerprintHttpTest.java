package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.server.VectorsTest.json;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One key, two fingerprints: told beside the verdict, which stays what it is without them. */
class FingerprintHttpTest {
  private final Api api = Api.start(Api.options().adminKey("admin").metrics(true));

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void aDuplicateOfAnotherFingerprintIsToldSoBesideItsVerdict() {
    Api.Answer first = api.post("/check-lock", "{'key':'k','fingerprint':'one'}");
    assertThat(first.text("status")).isEqualTo("locked");
    assertThat(first.json().has("fingerprint_mismatch")).isFalse();
    assertThat(api.post("/check-lock", "{'key':'k','fingerprint':'two'}").json())
        .isEqualTo(
            json(
                "{'success':false,'status':'duplicate','key':'k','ttl':21600,"
                    + "'first_seen_at':'2026-01-06T10:00:00Z','fingerprint_mismatch':true}"));
    for (String other : List.of("{'key':'k','fingerprint':'one'}", "{'key':'k'}")) {
      assertThat(api.post("/check-lock", other).json())
          .isEqualTo(
              json(
                  "{'success':false,'status':'duplicate','key':'k','ttl':21600,"
                      + "'first_seen_at':'2026-01-06T10:00:00Z'}"));
    }
  }

  @Test
  void aServerThatAnswersDuplicatesWith409TellsItInTheDetail() {
    try (Api blocking = Api.start(Api.options().duplicateStatus(409))) {
      blocking.post("/check-lock", "{'key':'k','fingerprint':'one'}");
      Api.Answer answer = blocking.post("/check-lock", "{'key':'k','fingerprint':'two'}");
      assertThat(answer.status()).isEqualTo(409);
      assertThat(answer.json())
          .isEqualTo(
              json(
                  "{'detail':{'error':'Duplicate blocked','first_seen_at':'2026-01-06T10:00:00Z',"
                      + "'fingerprint_mismatch':true}}"));
    }
  }

  @Test
  void aLeaseTellsItWhileItIsHeldAndWhenItIsCompleted() {
    String leaseId = api.post("/ai/lease", "{'key':'k','fingerprint':'one'}").text("lease_id");
    Api.Answer other = api.post("/ai/lease", "{'key':'k','fingerprint':'two'}");
    assertThat(other.text("status")).isEqualTo("in_progress");
    assertThat(other.json().get("fingerprint_mismatch").asBoolean()).isTrue();
    assertThat(api.post("/ai/lease", "{'key':'k'}").json().has("fingerprint_mismatch")).isFalse();
    api.post("/ai/complete", "{'key':'k','lease_id':'" + leaseId + "'}");
    other = api.post("/ai/lease", "{'key':'k','fingerprint':'two'}");
    assertThat(other.text("status")).isEqualTo("completed");
    assertThat(other.json().get("fingerprint_mismatch").asBoolean()).isTrue();
    assertThat(
            api.post("/ai/lease", "{'key':'k','fingerprint':'one'}")
                .json()
                .has("fingerprint_mismatch"))
        .isFalse();
  }

  @Test
  void aBatchTellsItInFullAndInShort() {
    api.post("/check-lock", "{'key':'k','fingerprint':'one'}");
    api.post("/ai/lease", "{'key':'k','fingerprint':'one'}");
    String operations =
        "'operations':[['check-lock','r-1',{'key':'k','fingerprint':'two'}],"
            + "['check-lock','r-2',{'key':'k','fingerprint':'one'}],"
            + "['lease','r-3',{'key':'k','fingerprint':'two'}]]";
    Api.Answer full = api.post("/batch", "{" + operations + "}");
    assertThat(full.json().at("/answers/0/body/fingerprint_mismatch").asBoolean()).isTrue();
    assertThat(full.json().at("/answers/1/body").has("fingerprint_mismatch")).isFalse();
    assertThat(full.json().at("/answers/2/body/fingerprint_mismatch").asBoolean()).isTrue();
    Api.Answer brief = api.post("/batch", "{'verdicts':'short'," + operations + "}");
    assertThat(brief.json().at("/answers/0"))
        .isEqualTo(json("['duplicate',21600,'2026-01-06T10:00:00Z','fingerprint_mismatch']"));
    assertThat(brief.json().at("/answers/1"))
        .isEqualTo(json("['duplicate',21600,'2026-01-06T10:00:00Z']"));
    assertThat(brief.json().at("/answers/2/body/fingerprint_mismatch").asBoolean()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/check-lock", "/ai/lease"})
  void oneOfUpTo128CharactersIsTakenAndNoOther(String call) {
    assertThat(faultOf(call, "'" + "😀".repeat(128) + "'")).isEmpty();
    assertThat(faultOf(call, "null")).isEmpty();
    assertThat(faultOf(call, "'" + "x".repeat(129) + "'")).isEqualTo("string_too_long");
    assertThat(faultOf(call, "''")).isEqualTo("string_too_short");
    assertThat(faultOf(call, "'\\ud800'")).isEqualTo("string_unicode");
    assertThat(faultOf(call, "7")).isEqualTo("string_type");
    assertThat(faultOf(call, "{'a':['b']}")).isEqualTo("string_type");
  }

  @Test
  void itIsCountedAndSeenByOperators() throws Exception {
    api.post("/check-lock", "{'key':'k','fingerprint':'one'}");
    api.post("/check-lock", "{'key':'k','fingerprint':'two'}");
    api.post("/ai/lease", "{'key':'k','fingerprint':'one'}");
    api.post("/ai/lease", "{'key':'k','fingerprint':'two'}");
    assertThat(api.get("/events?limit=1").json().at("/events/0"))
        .isEqualTo(json("{'at':'2026-01-06T10:00:00Z','type':'fingerprint_mismatch','key':'k'}"));
    Api.Answer stats = api.send(api.bare("/stats").header("Authorization", "Bearer admin").GET());
    assertThat(stats.json().at("/minutes/0/counts/fingerprint_mismatch").asInt()).isEqualTo(2);
    assertThat(stats.json().at("/minutes/0/counts/duplicate").asInt()).isEqualTo(1);
    URI page = URI.create("http://127.0.0.1:" + api.server.port() + "/metrics");
    assertThat(
            HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(page).build(), BodyHandlers.ofString())
                .body()
                .lines())
        .contains(
            "onceonly_server_fingerprint_mismatches_total{call=\"check-lock\",tenant=\"\"} 1.0",
            "onceonly_server_fingerprint_mismatches_total{call=\"lease\",tenant=\"\"} 1.0");
  }

  /** The fault's type, empty where there is none. */
  private String faultOf(String call, String fingerprint) {
    Api.Answer answer = api.post(call, "{'key':'checked','fingerprint':%s}".formatted(fingerprint));
    assertThat(answer.status()).as(fingerprint).isIn(200, 422);
    if (answer.status() == 422) {
      assertThat(answer.json().at("/detail/0/loc")).isEqualTo(json("['body','fingerprint']"));
    }
    return answer.json().at("/detail/0/type").asText();
  }
}
