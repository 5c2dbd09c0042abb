package tech.onceonly.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds a batch's operations: refused as a whole, bounded, and never the cause of a fault. */
class BatchEnvelopeHttpTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "[['check-lock','x',{'key':'k'}]]",
        "{}",
        "{'operations':null}",
        "{'operations':{}}",
        "{'operations':'x'}",
        "{'operations':[['check-lock','x',{'key':'k'}]}",
        "{'operations':[['check-lock','x',{'key':'k'}]],}",
        "{'operations':[['check-lock','x',{'key':'k'}]]} x",
        "{'operations':[['check-lock','x',{'key':'k'}],",
        "{'operations':[['check-lock','x',{'key':'k'}]],'verdicts':'long'}",
        "{'operations':[['check-lock','x',{'key':'k'}]],'verdicts':1}"
      })
  void anEnvelopeThatIsNoneIsRefusedAndNothingCarriedOut(String body) {
    try (Api api = Api.start()) {
      Api.Answer answer = api.post("/batch", body);
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.json().at("/detail/0/loc/0").asText()).isEqualTo("body");
      assertThat(api.post("/check-lock", "{'key':'k'}").text("status")).isEqualTo("locked");
    }
  }

  @Test
  void tooManyOperationsAreRefusedAsAWhole() {
    try (Api api = Api.start()) {
      StringBuilder operations = new StringBuilder("['check-lock','r',{'key':'k'}]");
      for (int i = 1; i <= 512; i++) {
        operations.append(",['check-lock','r',{'key':'k'}]");
      }
      Api.Answer answer = api.post("/batch", "{'operations':[" + operations + "]}");
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.json().at("/detail/0/type").asText()).isEqualTo("too_long");
      assertThat(answer.json().at("/detail/0/msg").asText()).contains("at most 512");
      assertThat(api.post("/check-lock", "{'key':'k'}").text("status")).isEqualTo("locked");
    }
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void asManyClaimsAsThereMayBeFitEachOfFullSize(HttpClient.Version version) {
    try (Api api = Api.start(Api.options(), version)) {
      ObjectNode batch = Api.JSON.createObjectNode();
      ArrayNode operations = batch.putArray("operations");
      for (int i = 0; i < 512; i++) {
        ObjectNode body = Api.JSON.createObjectNode();
        body.put("key", "😀".repeat(253) + (100 + i)).put("ttl", 2_592_000);
        body.putObject("metadata").put("m", "x".repeat(2_040));
        body.put("fingerprint", "😀".repeat(128));
        operations.addArray().add("check-lock").add("i".repeat(124) + i).add(body);
      }
      byte[] bytes = batch.toString().getBytes(UTF_8);
      assertThat(bytes.length).isLessThanOrEqualTo(BatchReader.MAX_BODY_BYTES);
      Api.Answer answer = api.postRaw("/batch", BodyPublishers.ofByteArray(bytes));
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.json().get("answers")).hasSize(512);
      answer
          .json()
          .get("answers")
          .forEach(each -> assertThat(each.at("/body/status").asText()).isEqualTo("locked"));
    }
  }

  @Test
  void aBatchBeyondItsBoundIs413WithTheBoundInWords() {
    try (Api api = Api.start()) {
      for (int size : new int[] {BatchReader.MAX_BODY_BYTES + 1, 6_000_000}) {
        byte[] large = new byte[size];
        Api.Answer answer = api.postRaw("/batch", BodyPublishers.ofByteArray(large));
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.text("detail")).contains("2097152 bytes");
      }
      assertThat(api.get("/me").status()).isEqualTo(200);
    }
  }

  @Test
  void withoutAGoodApiKeyNothingIsRead() {
    try (Api api = Api.start()) {
      String body = "{\"operations\":[[\"check-lock\",\"x\",{\"key\":\"k\"}]]}";
      assertThat(api.send(api.bare("/batch").POST(BodyPublishers.ofString(body))).status())
          .isEqualTo(401);
      assertThat(
              api.send(
                      api.bare("/batch")
                          .header("Authorization", "Bearer no")
                          .POST(BodyPublishers.ofString(body)))
                  .status())
          .isEqualTo(403);
      assertThat(api.post("/check-lock", "{'key':'k'}").text("status")).isEqualTo("locked");
    }
  }

  @Test
  void damagedBatchesNeverMakeAFault() {
    try (Api api = Api.start()) {
      Random random = new Random(20260106);
      byte[] whole =
          ("{\"verdicts\":\"short\",\"operations\":[[\"check-lock\",\"r\",{\"key\":\"kéy\"}],"
                  + "[\"lease\",null,{\"key\":\"k\",\"ttl\":60},[]],[\"x\",1]]}")
              .getBytes(UTF_8);
      for (int i = 0; i < 500; i++) {
        byte[] damaged = whole.clone();
        for (int hit = random.nextInt(4); hit >= 0; hit--) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        Api.Answer answer = api.postRaw("/batch", BodyPublishers.ofByteArray(damaged));
        assertThat(answer.status()).as(new String(damaged, UTF_8)).isIn(200, 422);
        answer
            .json()
            .path("answers")
            .forEach(each -> assertThat(each.path("status").asInt()).isLessThan(500));
      }
    }
  }
}
