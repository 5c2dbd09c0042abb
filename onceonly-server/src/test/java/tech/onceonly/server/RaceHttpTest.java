package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.server.store.StoreFixture;

class RaceHttpTest {
  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void ofManyCallersOverSocketsOneWins(HttpClient.Version version) throws Exception {
    try (Api api = Api.start(Api.options(), version)) {
      for (int round = 0; round < 20; round++) {
        String body = "{'key':'race-%d'}".formatted(round);
        List<String> locks =
            StoreFixture.race(8, racer -> api.post("/check-lock", body).text("status"));
        assertThat(locks).containsOnlyOnce("locked").contains("duplicate");
        List<String> leases =
            StoreFixture.race(8, racer -> api.post("/ai/lease", body).text("status"));
        assertThat(leases).containsOnlyOnce("acquired").contains("in_progress");
      }
    }
  }
}
