package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What settings are taken, from where, and what is said of the wrong ones. */
class ClientOptionsTest {

  private static final String SECRET = "sk-very-secret";

  @Test
  void theEnvironmentFillsWhatIsNotSet() {
    Map<String, String> environment =
        Map.of("ONCEONLY_API_KEY", " from-env ", "ONCEONLY_BASE_URL", "http://here:1/x");
    ClientOptions inherited = ClientOptions.builder().environment(environment).build();
    assertThat(inherited.apiKey()).isEqualTo("from-env");
    assertThat(inherited.baseUrl()).hasToString("http://here:1/x");
    ClientOptions set =
        ClientOptions.builder()
            .environment(environment)
            .apiKey("from-code")
            .baseUrl("https://there")
            .build();
    assertThat(set.apiKey()).isEqualTo("from-code");
    assertThat(set.baseUrl()).hasToString("https://there:443/v1");
  }

  @Test
  void aMissingApiKeyIsNamedWithBothMends() {
    assertThatThrownBy(() -> ClientOptions.builder().environment(Map.of()).apiKey(" ").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("apiKey")
        .hasMessageContaining("ONCEONLY_API_KEY");
  }

  @Test
  void aPlaceholderThatNobodyReplacedIsNoApiKey() {
    assertThatThrownBy(() -> ClientOptions.builder().apiKey("${env:ONCEONLY_API_KEY}").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("placeholder")
        .hasMessageContaining("config.providers");
  }

  @ParameterizedTest
  @ValueSource(strings = {"two words", "line\nbreak", "schlüssel"})
  void anApiKeyThatNoHeaderCarriesIsRefusedUnshown(String key) {
    assertThatThrownBy(() -> ClientOptions.builder().environment(Map.of()).apiKey(key).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining(key);
  }

  @ParameterizedTest
  @CsvSource({
    "https://api.onceonly.tech, https://api.onceonly.tech:443/v1",
    "https://api.onceonly.tech/, https://api.onceonly.tech:443/v1",
    "https://api.onceonly.tech///, https://api.onceonly.tech:443/v1",
    "https://api.onceonly.tech/v1, https://api.onceonly.tech:443/v1",
    "https://api.onceonly.tech/v1/, https://api.onceonly.tech:443/v1",
    "http://localhost:8080/api/v2//, http://localhost:8080/api/v2",
    "HTTP://localhost, http://localhost:80/v1",
    "http://[::1]:8080, http://[::1]:8080/v1",
  })
  void aBaseUrlWithoutAPathGetsOne(String given, String taken) {
    assertThat(BaseUrl.parse(given)).hasToString(taken);
  }

  @Test
  void anIpv6AddressIsConnectedToWithoutItsBrackets() {
    assertThat(BaseUrl.parse("http://[::1]:8080").connectHost()).isEqualTo("::1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "api.onceonly.tech",
        "ftp://host",
        "https://",
        "https://host:0",
        "https://host:99999",
        "https://ho st",
        "https://under_score",
        "https://host?x=1",
        "https://host/v1#top",
        "/v1"
      })
  void aBadBaseUrlIsRefusedWithTheMend(String url) {
    assertThatThrownBy(() -> BaseUrl.parse(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("baseUrl")
        .hasMessageContaining("ONCEONLY_BASE_URL");
  }

  @Test
  void aPasswordInABaseUrlIsRefusedUnshown() {
    assertThatThrownBy(() -> BaseUrl.parse("https://me:hidden@host"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("hidden");
  }

  @Test
  void noTextFormShowsTheApiKey() {
    ClientOptions options = ClientOptions.builder().environment(Map.of()).apiKey(SECRET).build();
    try (OnceOnlyClient client = OnceOnlyClient.create(options)) {
      assertThat(options.toString()).contains("onceonly.tech").doesNotContain(SECRET);
      assertThat(client.toString()).doesNotContain(SECRET);
      assertThat(client.checkLock("k").toString()).doesNotContain(SECRET);
      assertThat(client.claimService().toString()).doesNotContain(SECRET);
    }
  }

  @Test
  void anErrorThatRepeatsTheApiKeyIsCensored() {
    try (ScriptedServer server =
            ScriptedServer.start(
                (request, exchange) ->
                    exchange.json(
                        request.target().endsWith("/me") ? 401 : 404,
                        "{\"detail\":\"no such key: secret-key-1\"}"));
        OnceOnlyClient client = OnceOnlyClient.create(server.options().build())) {
      assertThatThrownBy(() -> client.sync().me())
          .isInstanceOf(UnauthorizedException.class)
          .hasMessage("no such key: ***");
      assertThatThrownBy(() -> client.sync().usageAll())
          .isInstanceOfSatisfying(
              ApiException.class, e -> assertThat(e.detail()).doesNotContain("secret-key-1"));
    }
  }

  @Test
  void wrongBoundsAreNamed() {
    ConnectionOptions defaults = ConnectionOptions.DEFAULTS;
    assertThatThrownBy(() -> defaults.withMaxConnections(0)).hasMessageContaining("maxConnections");
    assertThatThrownBy(() -> defaults.withPipelining(-1)).hasMessageContaining("pipelining");
    assertThatThrownBy(() -> defaults.withConnectTimeout(Duration.ZERO))
        .hasMessageContaining("connectTimeout");
    assertThatThrownBy(() -> defaults.withIdleTimeout(Duration.ofMillis(10)))
        .hasMessageContaining("idleTimeout");
    assertThatThrownBy(() -> defaults.withBounds(0, 0, 5_000)).hasMessageContaining("maxInFlight");
    assertThatThrownBy(() -> RetryOptions.retries(-1)).hasMessageContaining("maxRetries");
    assertThatThrownBy(() -> new BreakerOptions(-1, Duration.ofSeconds(1)))
        .hasMessageContaining("failures");
    assertThatThrownBy(
            () -> ClientOptions.builder().apiKey("k").requestTimeout(Duration.ofDays(2)).build())
        .hasMessageContaining("requestTimeout");
  }

  @Test
  void withoutTlsCallsShareConnectionsAndWithItTheyDoNot() {
    assertThat(ConnectionOptions.DEFAULTS.pipeliningFor(false)).isEqualTo(64);
    assertThat(ConnectionOptions.DEFAULTS.pipeliningFor(true)).isEqualTo(1);
    assertThat(ConnectionOptions.DEFAULTS.withPipelining(1).pipeliningFor(false)).isEqualTo(1);
  }

  @Test
  void requestIdsAreNeverTheSame() {
    Set<String> seen = new HashSet<>();
    RequestIds one = RequestIds.random();
    RequestIds other = RequestIds.random();
    for (int i = 0; i < 10_000; i++) {
      assertThat(seen.add(one.get())).isTrue();
      assertThat(seen.add(other.get())).isTrue();
    }
    assertThat(seen).allMatch(id -> id.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"));
  }
}
