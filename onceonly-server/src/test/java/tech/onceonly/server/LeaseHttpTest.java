package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.server.VectorsTest.json;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeaseHttpTest {
  private final Api api = Api.start();

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void aLeaseIsAcquiredAndInProgressForOthers() {
    Api.Answer won = lease();
    String leaseId = won.text("lease_id");
    assertThat(leaseId).matches("[0-9a-f]{32}");
    assertThat(won.json())
        .isEqualTo(
            json(
                ("{'ok':true,'status':'acquired','key':'k','ttl':60,'ttl_left':60,"
                        + "'lease_id':'%s','version':1,"
                        + "'first_seen_at':'2026-01-06T10:00:00Z','charged':1}")
                    .formatted(leaseId)));
    api.clock.advance(Duration.ofSeconds(10));
    Api.Answer second = lease();
    assertThat(second.status()).isEqualTo(200);
    assertThat(second.json())
        .isEqualTo(
            json(
                "{'ok':true,'status':'in_progress','key':'k','version':1,"
                    + "'first_seen_at':'2026-01-06T10:00:00Z','ttl':60,'ttl_left':50,"
                    + "'retry_after_sec':5,'charged':0}"));
    api.clock.advance(Duration.ofMillis(49_500));
    assertThat(lease().json().get("retry_after_sec").asInt()).isEqualTo(1);
  }

  @Test
  void aCompletedLeaseGivesItsResultToLaterCallers() {
    String leaseId = lease().text("lease_id");
    Api.Answer done =
        api.post(
            "/ai/complete",
            "{'key':'k','lease_id':'%s','result':{ 'n' : 1.50, 'l':[null,true,'é\\n'] }}"
                .formatted(leaseId));
    assertThat(done.status()).isEqualTo(200);
    assertThat(done.text("status")).isEqualTo("completed");

    Api.Answer later = lease();
    assertThat(later.text("status")).isEqualTo("completed");
    assertThat(later.text("done_at")).isEqualTo("2026-01-06T10:00:00Z");
    assertThat(later.text("result_hash")).matches("[0-9a-f]{64}");

    Api.Answer result = api.get("/ai/result?key=k");
    assertThat(result.text("status")).isEqualTo("completed");
    assertThat(result.response().body())
        .contains("\"result\":{\"n\":1.50,\"l\":[null,true,\"é\\n\"]}");
    assertThat(result.text("result_hash")).isEqualTo(later.text("result_hash"));
  }

  @Test
  void aHashThatIsGivenIsKept() {
    String leaseId = lease().text("lease_id");
    settle("complete", leaseId, ",'result_hash':'mine','result':null");
    assertThat(lease().text("result_hash")).isEqualTo("mine");
    assertThat(api.get("/ai/result?key=k").json().get("result").isNull()).isTrue();
  }

  @Test
  void aResultBeyondItsBoundIsRefusedAndTheLeaseStaysHeld() {
    String leaseId = lease().text("lease_id");
    String fits = "x".repeat(RequestReader.MAX_RESULT_BYTES - 2);
    Api.Answer refused = settle("complete", leaseId, ",'result':'%s'".formatted(fits + "x"));
    assertThat(refused.status()).isEqualTo(422);
    assertThat(lease().text("status")).isEqualTo("in_progress");
    assertThat(settle("complete", leaseId, ",'result':'%s'".formatted(fits)).status())
        .isEqualTo(200);
    assertThat(api.get("/ai/result?key=k").text("result")).isEqualTo(fits);
  }

  @Test
  void aCompletionWithoutRoomForItsResultSaysSo() {
    try (Api small = Api.start(Api.options().maxResultBytes(3))) {
      String leaseId = small.post("/ai/lease", "{'key':'k'}").text("lease_id");
      Api.Answer done =
          small.post(
              "/ai/complete", "{'key':'k','lease_id':'%s','result':1234}".formatted(leaseId));
      assertThat(done.status()).isEqualTo(200);
      assertThat(done.json().get("result_stored").asBoolean()).isFalse();
      assertThat(done.text("message")).contains("could not be kept");
      assertThat(small.post("/ai/lease", "{'key':'k'}").text("status")).isEqualTo("completed");
    }
  }

  @Test
  void aFailedLeaseIsFinal() {
    String leaseId = lease().text("lease_id");
    assertThat(settle("fail", leaseId, ",'error_code':'E_CARD','error_hash':'h'").text("status"))
        .isEqualTo("failed");
    Api.Answer later = lease();
    assertThat(later.text("status")).isEqualTo("failed");
    assertThat(later.text("error_code")).isEqualTo("E_CARD");
    assertThat(settle("fail", leaseId, "").json().at("/detail/0/loc"))
        .isEqualTo(json("['body','error_code']"));
  }

  @Test
  void aCancelledLeaseMayBeTakenAtOnce() {
    String first = lease().text("lease_id");
    assertThat(settle("cancel", first, ",'reason':'try later'").text("status"))
        .isEqualTo("cancelled");
    Api.Answer second = lease();
    assertThat(second.text("status")).isEqualTo("acquired");
    assertThat(second.json().get("version").asInt()).isEqualTo(2);
    assertThat(second.text("lease_id")).isNotEqualTo(first);
  }

  @Test
  void anExtendedLeaseLivesOn() {
    String leaseId = lease().text("lease_id");
    api.clock.advance(Duration.ofSeconds(50));
    assertThat(settle("extend", leaseId, ",'ttl':60").json())
        .isEqualTo(
            json("{'ok':true,'status':'extended','key':'k','version':1,'ttl':60,'ttl_left':60}"));
    api.clock.advance(Duration.ofSeconds(59));
    assertThat(lease().text("status")).isEqualTo("in_progress");
    assertThat(settle("extend", leaseId, "").json().get("ttl").asLong())
        .isEqualTo(Plan.PRO.defaultTtlSeconds());
  }

  @Test
  void aLostLeaseSettlesNothingAndLearnsNoLeaseId() {
    String lost = lease().text("lease_id");
    api.clock.advance(Duration.ofSeconds(60));
    String held = lease().text("lease_id");
    for (String call : new String[] {"extend", "complete", "fail", "cancel"}) {
      Api.Answer refused = settle(call, lost, ",'error_code':'E'");
      assertThat(refused.status()).as(call).isEqualTo(409);
      assertThat(refused.json().at("/detail/error").asText()).isEqualTo("lease_lost");
      assertThat(refused.response().body()).doesNotContain(held);
    }
    assertThat(lease().response().body()).doesNotContain(held);
    assertThat(api.get("/ai/status?key=k").response().body()).doesNotContain(held);
    assertThat(settle("complete", held, "").status()).isEqualTo(200);
  }

  @Test
  void theStatusTellsWhatIsKnown() {
    assertThat(api.get("/ai/status?key=k").text("status")).isEqualTo("not_found");
    lease();
    Api.Answer held = api.get("/ai/status?key=k");
    assertThat(held.text("status")).isEqualTo("in_progress");
    assertThat(held.json().get("ttl_left").asInt()).isEqualTo(60);
    assertThat(held.json().get("retry_after_sec").asInt()).isEqualTo(5);
    assertThat(held.json().get("version").asInt()).isEqualTo(1);
  }

  @Test
  void keysInQueriesAreDecodedAndChecked() {
    api.post("/ai/lease", "{'key':'a;b&c=é😀 +'}");
    assertThat(api.get("/ai/status?key=a;b%26c%3D%C3%A9%F0%9F%98%80%20%2B").text("status"))
        .isEqualTo("in_progress");
    assertThat(api.get("/ai/status?key=" + "%F0%9F%98%80".repeat(256)).status()).isEqualTo(200);
    assertThat(api.get("/ai/status?key=" + "x".repeat(257)).status()).isEqualTo(422);
    assertThat(api.get("/ai/status?key=").status()).isEqualTo(422);
    Api.Answer missing = api.get("/ai/result");
    assertThat(missing.status()).isEqualTo(422);
    assertThat(missing.json().at("/detail/0/loc")).isEqualTo(json("['query','key']"));
  }

  private Api.Answer lease() {
    return api.post("/ai/lease", "{'key':'k','ttl':60}");
  }

  private Api.Answer settle(String call, String leaseId, String more) {
    return api.post("/ai/" + call, "{'key':'k','lease_id':'%s'%s}".formatted(leaseId, more));
  }
}
