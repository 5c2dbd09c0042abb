package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.server.VectorsTest.json;

import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccountHttpTest {
  private final Api api = Api.start();

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void healthNeedsNoApiKeyAndIsAtBothPlaces() {
    assertThat(api.send(api.bare("/health").GET()).text("status")).isEqualTo("ok");
    URI root = URI.create("http://127.0.0.1:" + api.server.port() + "/health");
    assertThat(api.send(api.bare("").uri(root).GET()).text("status")).isEqualTo("ok");
  }

  @Test
  void meTellsThePlan() {
    assertThat(api.get("/me").text("plan")).isEqualTo("pro");
  }

  @Test
  void usageCountsTheMonthAndStartsAnewWithTheNext() {
    api.post("/check-lock", "{'key':'k'}");
    api.post("/check-lock", "{'key':'k'}");
    api.post("/ai/lease", "{'key':'k'}");
    api.post("/ai/lease", "{'key':'k'}");
    assertThat(api.get("/usage?kind=make").json())
        .isEqualTo(
            json(
                "{'plan':'pro','month':'2026-01','usage':2,'limit':200000,'limit_enforced':false,"
                    + "'requests_total_month':2,'blocked_total_month':1}"));
    assertThat(api.get("/usage?kind=ai").json().get("usage").asInt()).isEqualTo(1);
    assertThat(api.get("/usage/all").json().at("/ai/requests_total_month").asInt()).isEqualTo(2);
    api.clock.advance(Duration.ofDays(30));
    assertThat(api.get("/usage").json().get("usage").asInt()).isZero();
    assertThat(api.get("/usage").text("month")).isEqualTo("2026-02");
  }

  @Test
  void metricsCountByDay() {
    api.post("/check-lock", "{'key':'k'}");
    api.clock.advance(Duration.ofDays(1));
    api.post("/check-lock", "{'key':'l'}");
    api.post("/check-lock", "{'key':'l'}");
    assertThat(api.get("/metrics?from_day=2026-01-07&to_day=2026-01-31").json().get("days"))
        .isEqualTo(
            json(
                "[{'day':'2026-01-07','make':{'requests':2,'blocked':1},"
                    + "'ai':{'requests':0,'blocked':0}}]"));
    assertThat(api.get("/metrics").json().get("days")).hasSize(2);
    assertThat(api.get("/metrics?from_day=2026-02-01&to_day=2026-01-01").json().get("days"))
        .isEmpty();
  }

  @Test
  void eventsAreTheLatestNewestFirst() {
    for (int i = 0; i < 3; i++) {
      api.post("/check-lock", "{'key':'k%d'}".formatted(i));
    }
    assertThat(api.get("/events?limit=2").json())
        .isEqualTo(
            json(
                "{'events':[{'at':'2026-01-06T10:00:00Z','type':'locked','key':'k2'},"
                    + "{'at':'2026-01-06T10:00:00Z','type':'locked','key':'k1'}]}"));
    assertThat(api.get("/events?limit=1000000").json().get("events")).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/usage?kind=other",
        "/events?limit=0",
        "/events?limit=-1",
        "/events?limit=x",
        "/events?limit=99999999999",
        "/metrics?from_day=yesterday",
        "/metrics?to_day=2026-02-30",
        "/metrics?to_day=-999999999-01-01",
        "/metrics?to_day=%2B999999999-12-31"
      })
  void parametersThatMakeNoSenseAre422(String path) {
    Api.Answer answer = api.get(path);
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.json().at("/detail/0/loc/0").asText()).isEqualTo("query");
  }
}
