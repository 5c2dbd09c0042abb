package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.server.VectorsTest.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A batch: each operation answered as alone, in order. */
class BatchHttpTest {
  private static final Path PAGE = Path.of("..", "docs", "server-api.md");

  private static final Pattern EXAMPLE =
      Pattern.compile(
          "<!-- golden: (\\S+) -->\\s*```json\n(.*?)```.*?```json\n(.*?)```", Pattern.DOTALL);

  /** What the page shows is what the server does, to the letter of the JSON. */
  @Test
  void theExamplesOfThePageAreTrue() throws Exception {
    Matcher example = EXAMPLE.matcher(Files.readString(PAGE));
    List<String> seen = new ArrayList<>();
    while (example.find()) {
      seen.add(example.group(1));
      try (Api api = Api.start()) {
        api.post("/check-lock", "{'key':'order:1','ttl':3600}", "X-Request-Id", "earlier");
        Api.Answer answer =
            api.postRaw("/batch", BodyPublishers.ofString(example.group(2)), "X-Request-Id", "b-1");
        assertThat(masked(answer.json())).isEqualTo(Api.JSON.readTree(example.group(3)));
      }
    }
    assertThat(seen).containsExactly("full", "short", "refused");
  }

  /** An id that the server makes stands in the page as LEASE-ID. */
  private static JsonNode masked(JsonNode answer) throws Exception {
    return Api.JSON.readTree(
        answer.toString().replaceAll("\"lease_id\":\"[0-9a-f]{32}\"", "\"lease_id\":\"LEASE-ID\""));
  }

  /** The same story told call by call and in one batch: the answers are the same. */
  @ParameterizedTest
  @CsvSource({"200, HTTP_1_1", "409, HTTP_1_1", "200, HTTP_2"})
  void everyOperationIsAnsweredAsAlone(int duplicateStatus, HttpClient.Version version)
      throws Exception {
    String[][] story = {
      {"check-lock", "/check-lock", "{'key':'k','ttl':60}"},
      {"check-lock", "/check-lock", "{'key':'k'}"},
      {"check-lock", "/check-lock", "{'key':'k','ttl':0,'metadata':7}"},
      {"release", "/release", "{'key':'k','request_id':'r-1'}"},
      {"release", "/release", "{'key':'k','request_id':'r-0'}"},
      {"check-lock", "/check-lock", "{'key':'k','metadata':{'a':[1,{'b':null}]}}"},
      {"check-lock", "/check-lock", "{}"},
      {"check-lock", "/check-lock", "[]"},
      {"lease", "/ai/lease", "{'key':'k','ttl':30}"},
      {"lease", "/ai/lease", "{'key':'k'}"},
      {"extend", "/ai/extend", "{'key':'k','lease_id':'x'}"},
      {"complete", "/ai/complete", "{'key':'k','lease_id':'x','result':{'a':1}}"},
      {"fail", "/ai/fail", "{'key':'k','lease_id':'x','error_code':'e'}"},
      {"cancel", "/ai/cancel", "{'key':'k','lease_id':'x'}"},
      {"cancel", "/ai/cancel", "{'key':'k'}"},
      {"status", "/ai/nowhere", "{'key':'k'}"},
    };
    ServerOptions.Builder options = Api.options().duplicateStatus(duplicateStatus);
    List<JsonNode> alone = new ArrayList<>();
    try (Api api = Api.start(options, version)) {
      for (int i = 0; i < story.length; i++) {
        Api.Answer answer = api.post(story[i][1], story[i][2], "X-Request-Id", "r-" + i);
        ObjectNode whole = Api.JSON.createObjectNode().put("status", answer.status());
        ObjectNode headers = whole.putObject("headers");
        for (String name : new String[] {"x-request-id", "x-onceonly-status"}) {
          if (answer.header(name) != null) {
            headers.put(name, answer.header(name));
          }
        }
        whole.set("body", answer.json());
        alone.add(whole);
      }
    }
    StringBuilder operations = new StringBuilder();
    for (int i = 0; i < story.length; i++) {
      operations.append(i == 0 ? "" : ",").append("['" + story[i][0] + "','r-" + i + "',");
      operations.append(story[i][2]).append("]");
    }
    try (Api api = Api.start(options, version)) {
      Api.Answer batch = api.post("/batch", "{'operations':[" + operations + "]}");
      assertThat(batch.status()).isEqualTo(200);
      for (int i = 0; i < story.length; i++) {
        assertThat(masked(batch.json().get("answers").get(i)))
            .as("%s %s", story[i][0], story[i][2])
            .isEqualTo(masked(alone.get(i)));
      }
      assertThat(batch.json().get("answers")).hasSize(story.length);
    }
  }

  @Test
  void aLeaseIsCarriedThroughByBatches() {
    try (Api api = Api.start()) {
      String leaseId = answers(api, "['lease','a',{'key':'k'}]").at("/0/body/lease_id").asText();
      JsonNode answers =
          answers(
              api,
              ("['extend','b',{'key':'k','lease_id':'%s','ttl':90}],"
                      + "['lease','c',{'key':'k'}],"
                      + "['complete','d',{'key':'k','lease_id':'%s','result':{'n':1}}],"
                      + "['complete','d',{'key':'k','lease_id':'%s'}],"
                      + "['lease','e',{'key':'k'}]")
                  .formatted(leaseId, leaseId, leaseId));
      assertThat(answers.findValuesAsText("status"))
          .containsExactly(
              "200",
              "extended",
              "200",
              "in_progress",
              "200",
              "completed",
              "200",
              "completed",
              "200",
              "completed");
      assertThat(api.get("/ai/result?key=k").json().get("result")).isEqualTo(json("{'n':1}"));
    }
  }

  @Test
  void oneKeyAskedManyTimesHasOneWinnerTheFirst() {
    try (Api api = Api.start()) {
      StringBuilder operations = new StringBuilder("['check-lock','r-0',{'key':'k'}]");
      for (int i = 1; i < 500; i++) {
        operations.append(",['check-lock','r-" + i + "',{'key':'k'}]");
      }
      JsonNode answers = shortly(api, operations.toString());
      assertThat(answers.get(0).get(0).asText()).isEqualTo("locked");
      for (int i = 1; i < 500; i++) {
        assertThat(answers.get(i).get(0).asText()).isEqualTo("duplicate");
      }
      assertThat(api.get("/usage").json().get("usage").asInt()).isEqualTo(500);
    }
  }

  @Test
  void anOperationRepeatedUnderItsIdIsAnsweredAsTheFirstTime() {
    try (Api api = Api.start()) {
      JsonNode first = answers(api, "['check-lock','won',{'key':'k'}]");
      assertThat(answers(api, "['check-lock','won',{'key':'k'}]")).isEqualTo(first);
      assertThat(api.post("/check-lock", "{'key':'k'}", "X-Request-Id", "won").text("status"))
          .isEqualTo("locked");
      assertThat(shortly(api, "['check-lock','won',{'key':'k'}],['check-lock','x',{'key':'k'}]"))
          .isEqualTo(json("[['locked',21600],['duplicate',21600,'2026-01-06T10:00:00Z']]"));
    }
  }

  /** The caller could not tell under which id it has won. */
  @Test
  void aShortVerdictIsNotGivenUnderAnIdThatTheCallerDoesNotKnow() {
    try (Api api = Api.start()) {
      for (String id : List.of("null", "7", "''", "'with space'", "'" + "x".repeat(129) + "'")) {
        JsonNode answer = shortly(api, "['check-lock'," + id + ",{'key':'k'}]").get(0);
        String made = answer.at("/headers/x-request-id").asText();
        assertThat(made).as(id).matches("[0-9a-f]{32}");
        String release = "{'key':'k','request_id':'%s'}".formatted(made);
        assertThat(api.post("/release", release).status()).isEqualTo(200);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7",
        "null",
        "'check-lock'",
        "{'op':'check-lock'}",
        "[]",
        "[[]]",
        "[[['check-lock'],1],2]",
        "[null,'x',{'key':'k'}]",
        "[{'a':[1]},'x',{'key':'k'}]",
        "['check-lock']",
        "['check-lock','x']",
        "['check-lock',['x',[]]]",
        "['check-lock','x',null]",
        "['check-lock','x','k']",
        "['check-lock','x',[[],{'key':'k'}]]",
        "['check-lock','x',{'key':''},[],[[1]],{}]",
        "['check-lock',{'a':[]},{'key':{'b':[]}},{}]"
      })
  void anOperationThatIsNoneFailsNoOther(String operation) {
    try (Api api = Api.start()) {
      JsonNode answers =
          answers(
              api,
              "['check-lock','a',{'key':'a'}]," + operation + ",['check-lock','b',{'key':'b'}]");
      assertThat(answers).hasSize(3);
      assertThat(answers.at("/0/body/status").asText()).isEqualTo("locked");
      assertThat(answers.at("/1/status").asInt()).isEqualTo(422);
      assertThat(answers.at("/1/body/detail/0/loc/0").asText()).isEqualTo("body");
      assertThat(answers.at("/2/body/status").asText()).isEqualTo("locked");
    }
  }

  @Test
  void whatComesAfterTheBodyOfAnOperationIsPassedOver() {
    try (Api api = Api.start()) {
      JsonNode answers = answers(api, "['check-lock','x',{'key':'k'},[],[[1]],{'a':[]}]");
      assertThat(answers.at("/0/body/status").asText()).isEqualTo("locked");
    }
  }

  @Test
  void aFullStoreRefusesTheOperationsThatItHasNoRoomFor() {
    try (Api api = Api.start(Api.options().maxKeys(1))) {
      JsonNode answers =
          shortly(
              api,
              "['check-lock','a',{'key':'a'}],['check-lock','b',{'key':'b'}],"
                  + "['check-lock','c',{'key':'a'}]");
      assertThat(answers.at("/0/0").asText()).isEqualTo("locked");
      assertThat(answers.at("/1/status").asInt()).isEqualTo(503);
      assertThat(answers.at("/1/body/detail/error").asText()).isEqualTo("store_full");
      assertThat(answers.at("/2/0").asText()).isEqualTo("duplicate");
    }
  }

  private static JsonNode answers(Api api, String operations) {
    Api.Answer answer = api.post("/batch", "{'operations':[" + operations + "]}");
    assertThat(answer.status()).isEqualTo(200);
    return answer.json().get("answers");
  }

  private static JsonNode shortly(Api api, String operations) {
    Api.Answer answer =
        api.post("/batch", "{'verdicts':'short','operations':[" + operations + "]}");
    assertThat(answer.status()).isEqualTo(200);
    return answer.json().get("answers");
  }
}
