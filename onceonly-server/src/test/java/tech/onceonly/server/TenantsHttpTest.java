package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tech.onceonly.server.VectorsTest.json;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tenants of a file: apart from each other, and within their limits. */
class TenantsHttpTest {
  private static final String SHOP = "shop-key";
  private static final String SHOP_ADMIN = "shop-admin-key";
  private static final String SMALL = "small-key";

  @TempDir Path directory;
  private Api api;

  @BeforeEach
  void start() throws IOException {
    Path file =
        write(
            """
            {"tenants": [
              {"name": "shop", "plan": "agency",
               "keys": [{"sha256": "%s"}, {"sha256": "%s", "role": "admin"}]},
              {"name": "small", "plan": "free", "limit_per_month": 3, "requests_per_second": 5,
               "keys": [{"sha256": "%s", "role": "use"}]}
            ]}
            """
                .formatted(Auth.digestOf(SHOP), Auth.digestOf(SHOP_ADMIN), Auth.digestOf(SMALL)));
    api = Api.start(Api.options().tenants(file));
  }

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void keysOfOneNeverMeetThoseOfAnother() {
    for (String apiKey : new String[] {Api.API_KEY, SHOP, SMALL}) {
      assertThat(post(apiKey, "/check-lock", "{'key':'k'}").text("status")).isEqualTo("locked");
      assertThat(post(apiKey, "/ai/lease", "{'key':'k'}").text("status")).isEqualTo("acquired");
    }
    assertThat(post(SHOP, "/check-lock", "{'key':'k'}").text("status")).isEqualTo("duplicate");
    assertThat(post(SHOP_ADMIN, "/check-lock", "{'key':'k'}").text("status"))
        .isEqualTo("duplicate");
    assertThat(
            post(SHOP, "/batch", "{'operations':[['check-lock','r-1',{'key':'k'}]]}")
                .json()
                .at("/answers/0/body/status")
                .asText())
        .isEqualTo("duplicate");
  }

  @Test
  void anAdministratorSeesAndFreesItsOwnKeysAlone() {
    post(SHOP, "/check-lock", "{'key':'mine'}");
    api.post("/check-lock", "{'key':'others'}");
    assertThat(get(SHOP_ADMIN, "/keys").json().at("/keys").findValuesAsText("key"))
        .containsExactly("mine");
    assertThat(get(SHOP_ADMIN, "/keys/others").json().get("held").asBoolean()).isFalse();
    assertThat(get(SHOP, "/keys").status()).isEqualTo(403);
    assertThat(
            api.send(
                    api.bare("/keys/others")
                        .header("Authorization", "Bearer " + SHOP_ADMIN)
                        .DELETE())
                .json()
                .get("held")
                .asBoolean())
        .isFalse();
    assertThat(api.post("/check-lock", "{'key':'others'}").text("status")).isEqualTo("duplicate");
  }

  @Test
  void eachHasItsOwnPlanUsageAndEvents() {
    post(SHOP, "/check-lock", "{'key':'k'}");
    assertThat(get(SHOP, "/me").json())
        .isEqualTo(
            json(
                "{'tenant':'shop','plan':'agency','default_ttl':86400,'max_ttl':2592000,"
                    + "'limit':2000000,'limit_enforced':false}"));
    assertThat(get(SMALL, "/me").json().get("limit_enforced").asBoolean()).isTrue();
    assertThat(get(SHOP, "/usage").json().get("usage").asInt()).isEqualTo(1);
    assertThat(get(SMALL, "/usage").json().get("usage").asInt()).isZero();
    assertThat(get(SMALL, "/events").json().get("events")).isEmpty();
    assertThat(get(SHOP, "/events").json().get("events")).hasSize(1);
  }

  @Test
  void anAdministratorSeesWhatItsOwnTenantDidOfLate() {
    api.post("/check-lock", "{'key':'others'}");
    post(SHOP, "/check-lock", "{'key':'k'}");
    post(SHOP, "/check-lock", "{'key':'k'}");
    api.clock.advance(Duration.ofSeconds(1));
    post(SHOP, "/ai/lease", "{'key':'k'}");
    assertThat(get(SHOP, "/stats").status()).isEqualTo(403);
    String second = "{'at':'2026-01-06T10:00:00Z','counts':{'duplicate':1,'locked':1}}";
    assertThat(get(SHOP_ADMIN, "/stats").json())
        .isEqualTo(
            json(
                "{'now':'2026-01-06T10:00:01Z','seconds':["
                    + second
                    + ",{'at':'2026-01-06T10:00:01Z','counts':{'acquired':1}}],"
                    + "'minutes':[{'at':'2026-01-06T10:00:00Z',"
                    + "'counts':{'acquired':1,'duplicate':1,'locked':1}}]}"));
    api.clock.advance(Duration.ofSeconds(59));
    assertThat(get(SHOP_ADMIN, "/stats").json().get("seconds")).hasSize(1);
    api.clock.advance(Duration.ofMinutes(58));
    assertThat(get(SHOP_ADMIN, "/stats").json().get("minutes")).hasSize(1);
    api.clock.advance(Duration.ofMinutes(1));
    assertThat(get(SHOP_ADMIN, "/stats").json().get("minutes")).isEmpty();
  }

  @Test
  void aLeaseThatFindsTheWorkDoneIsADuplicateAmongWhatWasDecided() {
    String leaseId = post(SHOP, "/ai/lease", "{'key':'k'}").text("lease_id");
    post(SHOP, "/ai/lease", "{'key':'k'}");
    post(SHOP, "/ai/complete", "{'key':'k','lease_id':'" + leaseId + "'}");
    post(SHOP, "/ai/lease", "{'key':'k'}");
    assertThat(get(SHOP_ADMIN, "/stats").json().at("/minutes/0/counts"))
        .isEqualTo(json("{'acquired':1,'completed':1,'duplicate':1,'in_progress':1}"));
    assertThat(get(SHOP_ADMIN, "/events").json().findValuesAsText("type"))
        .containsExactly("duplicate", "completed", "in_progress", "acquired");
  }

  @Test
  void whoHasUsedUpTheMonthIsRefusedWithTheNumbers() {
    for (int i = 0; i < 3; i++) {
      assertThat(post(SMALL, "/check-lock", "{'key':'k%d'}".formatted(i)).status()).isEqualTo(200);
    }
    Api.Answer refused = post(SMALL, "/check-lock", "{'key':'k9'}");
    assertThat(refused.status()).isEqualTo(402);
    assertThat(refused.json())
        .isEqualTo(
            json(
                "{'detail':{'error':'payment_required','plan':'free','limit':3,'usage':3,"
                    + "'upgrade_url':null}}"));
    assertThat(post(SMALL, "/ai/lease", "{'key':'k'}").text("status")).isEqualTo("acquired");
    api.clock.advance(Duration.ofDays(31));
    assertThat(post(SMALL, "/check-lock", "{'key':'k9'}").text("status")).isEqualTo("locked");
  }

  @Test
  void whoAsksTooOftenIsToldWhenToAskAgain() {
    for (int i = 0; i < 5; i++) {
      assertThat(get(SMALL, "/me").status()).isEqualTo(200);
    }
    Api.Answer refused = post(SMALL, "/check-lock", "{'key':'k'}");
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.header("Retry-After")).isEqualTo("1");
    assertThat(refused.json()).isEqualTo(json("{'detail':{'error':'rate_limited'}}"));
    assertThat(get(SHOP, "/me").status()).isEqualTo(200);
    api.clock.advance(Duration.ofSeconds(1));
    assertThat(post(SMALL, "/check-lock", "{'key':'k'}").text("status")).isEqualTo("locked");
  }

  @Test
  void eachClaimOfABatchCountsAndIsRefusedByItself() {
    StringBuilder operations = new StringBuilder("['lease','r-0',{'key':'k0'}]");
    for (int i = 1; i < 7; i++) {
      operations.append(",['lease','r-%d',{'key':'k%d'}]".formatted(i, i));
    }
    Api.Answer batch = post(SMALL, "/batch", "{'operations':[" + operations + "]}");
    assertThat(batch.status()).isEqualTo(200);
    assertThat(batch.json().at("/answers").findValuesAsText("status"))
        .filteredOn("429"::equals)
        .hasSize(2);
    assertThat(batch.json().at("/answers/6/status").asInt()).isEqualTo(429);
    assertThat(batch.json().at("/answers/6/headers/retry-after").asText()).isEqualTo("1");
  }

  /** A lease that is not extended or completed in time would have its effect run again. */
  @Test
  void whatIsHeldIsSettledHoweverOften() {
    String leaseId = post(SMALL, "/ai/lease", "{'key':'k'}").text("lease_id");
    String body = "{'key':'k','lease_id':'" + leaseId + "'}";
    for (int i = 0; i < 10; i++) {
      assertThat(post(SMALL, "/ai/extend", body).status()).isEqualTo(200);
    }
    for (int i = 0; i < 4; i++) {
      assertThat(get(SMALL, "/me").status()).isEqualTo(200);
    }
    assertThat(get(SMALL, "/me").status()).isEqualTo(429);
    assertThat(post(SMALL, "/ai/complete", body).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                                                                   | names no tenants",
        "[]                                                                   | it is not one object alone",
        "{\"tenants\": [{\"name\": \"a b\", \"keys\": []}]}           | 1 to 64 letters",
        "{\"tenants\": [{\"name\": \"a\"}]}                             | there are no keys",
        "{\"tenants\": [{\"name\": \"a\", \"plan\": \"gold\"}]}     | none of free",
        "{\"tenants\": [{\"name\": \"a\", \"palns\": 1}]}             | palns",
        "{\"tenants\": [{\"name\": \"a\", \"limit_per_month\": -1}]}  | below 0",
        "{\"tenants\": [{\"name\": \"a\", \"requests_per_second\": 0}]} | not within 1",
      })
  void aFaultOfTheFileIsNamed(String content, String told) throws IOException {
    Path file = write(content);
    assertThatThrownBy(() -> ServerOptions.builder().tenants(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(told);
  }

  @ParameterizedTest
  @ValueSource(strings = {"once_a_key_in_clear", ""})
  void whatIsNoHashIsRefusedAndNeverRepeated(String key) throws IOException {
    Path file =
        write(
            "{\"tenants\": [{\"name\": \"a\", \"keys\": [{\"sha256\": \"%s\"}]}]}".formatted(key));
    assertThatThrownBy(() -> ServerOptions.builder().tenants(file))
        .hasMessageContaining("64 hexadecimal digits")
        .message()
        .doesNotContain("in_clear");
  }

  @Test
  void oneApiKeyIsNotOfTwoTenants() throws IOException {
    String tenant = "{\"name\": \"%s\", \"keys\": [{\"sha256\": \"%s\"}]}";
    String digest = Auth.digestOf("k");
    Path twice =
        write(
            "{\"tenants\": [%s, %s]}"
                .formatted(tenant.formatted("a", digest), tenant.formatted("b", digest)));
    assertThatThrownBy(() -> ServerOptions.builder().tenants(twice)).hasMessageContaining("twice");
    Path once = write("{\"tenants\": [%s]}".formatted(tenant.formatted("a", digest)));
    assertThatThrownBy(() -> ServerOptions.builder().tenants(once).apiKey("k").build())
        .hasMessageContaining("tenant's of the file too");
  }

  private Path write(String content) throws IOException {
    return Files.writeString(Files.createTempFile(directory, "tenants", ".json"), content);
  }

  private Api.Answer post(String apiKey, String path, String body) {
    return api.send(
        api.bare(path)
            .header("Authorization", "Bearer " + apiKey)
            .POST(BodyPublishers.ofString(body.replace('\'', '"'))));
  }

  private Api.Answer get(String apiKey, String path) {
    return api.send(api.bare(path).header("Authorization", "Bearer " + apiKey).GET());
  }
}
