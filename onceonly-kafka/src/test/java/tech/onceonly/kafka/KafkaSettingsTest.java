package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tech.onceonly.KeyScheme;

class KafkaSettingsTest {

  private static final String SECRET = "once_live_secret";

  @Test
  void defaults_do() {
    KafkaSettings settings = settings(Map.of());

    assertThat(settings.pollBudget()).isEqualTo(Duration.ofSeconds(2));
    assertThat(settings.failOpen()).isTrue();
    assertThat(settings.ttl()).isNull();
    assertThat(settings.clusterAlias()).isNull();
    assertThat(settings.excludedTopics()).isEmpty();
    assertThat(settings.keyScheme().namespace()).isEqualTo("billing");
    assertThat(settings.clientOptions().toString()).contains("https://api.onceonly.tech");
  }

  @Test
  void lists_come_as_text_and_as_lists() {
    assertThat(settings(Map.of("onceonly.topics.exclude", "a, b")).excludedTopics())
        .isEqualTo(Set.of("a", "b"));
    assertThat(settings(Map.of("onceonly.topics.exclude", List.of("a"))).excludedTopics())
        .isEqualTo(Set.of("a"));
  }

  @Test
  void aPayloadsOwnIdNamesItsEffect() {
    KeyScheme keys = settings(Map.of("onceonly.key", "value:/order/id,offset")).keyScheme();
    ConsumerRecord<String, String> order =
        new ConsumerRecord<>("orders", 0, 7, "k", "{\"order\": {\"id\": 42}}");
    assertThat(String.valueOf(keys.keyOf(new KafkaDelivery(order, "c"))))
        .endsWith(":value./order/id:42");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "onceonly.key            | headers:Id   | onceonly.key: unknown key source",
        "onceonly.key            | value:id     | onceonly.key",
        "onceonly.key            | ''           | onceonly.key",
        "onceonly.mode           | lease        | OnceOnlyKafka.on(...).forEach",
        "onceonly.mode           | both         | onceonly.mode",
        "onceonly.ttl.seconds    | 0            | onceonly.ttl.seconds",
        "onceonly.poll.budget.ms | 300000       | less than max.poll.interval.ms",
        "onceonly.poll.budget.ms | soon         | onceonly.poll.budget.ms",
        "onceonly.max.unsettled  | 100          | at least max.poll.records",
        "onceonly.generation     | ' '          | onceonly.generation",
        "onceonly.no.key         | skip         | onceonly.no.key",
        "onceonly.fingerprint    | body         | onceonly.fingerprint: unknown fingerprint 'body'",
        "onceonly.fingerprint    | ' '          | onceonly.fingerprint",
        "onceonly.base.url       | ftp://x      | onceonly.base.url: ",
        "onceonly.http.version   | 3            | onceonly.http.version",
        "onceonly.enabled        | maybe        | onceonly.enabled",
        "onceonly.truststore.password | x       | onceonly.truststore.location",
        "onceonly.keystore.password | x         | onceonly.keystore.location",
        "onceonly.keystore.location | missing.p12 | onceonly.keystore.location: The key store",
        "onceonly.keystore.type  | DER          | onceonly.keystore.type",
        "onceonly.truststore.location | missing.p12 | onceonly.truststore.location: ",
      })
  void what_is_wrong_is_named(String name, String value, String expected) {
    assertThatThrownBy(() -> configure(Map.of(name, value)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void the_api_key_comes_from_the_environment_where_it_is_not_set() {
    Map<String, Object> none = Map.of("group.id", "billing", "onceonly.api.key", " ");

    assertThatThrownBy(() -> KafkaSettings.of(none, Map.of()).clientOptions())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("onceonly.api.key")
        .hasMessageContaining("ONCEONLY_API_KEY");
    KafkaSettings settings = KafkaSettings.of(none, Map.of("ONCEONLY_API_KEY", SECRET));
    assertThat(settings.clientOptions()).isNotNull();
  }

  @Test
  void secrets_are_printed_nowhere() {
    String printed =
        printedBy(
            () -> {
              KafkaSettings settings =
                  settings(
                      Map.of(
                          "onceonly.truststore.location",
                          "a.p12",
                          "onceonly.truststore.password",
                          "trust_secret"));
              System.err.println(settings.values());
              System.err.println(settings.clientOptions());
            });

    assertThat(printed).doesNotContain(SECRET).doesNotContain("trust_secret");
    assertThatThrownBy(() -> configure(Map.of("onceonly.api.key", SECRET + " with\u0007bell")))
        .hasMessageContaining("onceonly.api.key")
        .hasMessageNotContaining(SECRET);
  }

  @Test
  void an_unknown_setting_is_warned_of_by_name_with_the_closest_one() {
    String printed =
        printedBy(
            () ->
                settings(
                    Map.of(
                        "onceonly.fail-open",
                        "false",
                        "onceonly.pol.budget.ms",
                        "1",
                        "other",
                        "x",
                        "onceonly.something.of.another.kind.altogether",
                        "x")));

    assertThat(printed)
        .contains("onceonly.fail-open")
        .contains("did you mean onceonly.fail.open?")
        .contains("did you mean onceonly.poll.budget.ms?")
        .contains("onceonly.something.of.another.kind.altogether has no effect")
        .doesNotContain("other has");
  }

  @Test
  void the_documentation_has_the_settings_as_they_are() throws Exception {
    Path page = Path.of("..", "docs", "configuration.md");
    String begin = "<!-- settings of the interceptor: begin -->\n";
    String end = "<!-- settings of the interceptor: end -->";
    String text = Files.readString(page);
    int from = text.indexOf(begin) + begin.length();
    int to = text.indexOf(end);
    assertThat(to).as("both markers stand in " + page).isGreaterThanOrEqualTo(from);
    String expected = "\n" + SettingsTable.markdown() + "\n";
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(page, text.substring(0, from) + expected + text.substring(to));
      return;
    }
    assertThat(text.substring(from, to))
        .as(
            "docs/configuration.md is not as the settings are; write it anew: ./mvnw -B -pl"
                + " onceonly-kafka -am test -Dtest=KafkaSettingsTest -Ddocs.write=true"
                + " -Dsurefire.failIfNoSpecifiedTests=false")
        .isEqualTo(expected);
  }

  private static KafkaSettings settings(Map<String, Object> more) {
    return KafkaSettings.of(consumer(more), Map.of());
  }

  /** All that a start reads, without connecting. */
  private static void configure(Map<String, Object> more) {
    Map<String, Object> consumer = consumer(more);
    assertThat(KafkaSettings.isEnabled(consumer)).isTrue();
    KafkaSettings settings = KafkaSettings.of(consumer, Map.of());
    assertThat(settings.keyScheme().sources()).isNotEmpty();
    HttpClaimConnection.open(settings).close();
  }

  private static Map<String, Object> consumer(Map<String, Object> more) {
    Map<String, Object> consumer = new HashMap<>();
    consumer.put("group.id", "billing");
    consumer.put("onceonly.api.key", SECRET);
    consumer.putAll(more);
    return consumer;
  }

  /** The logger of the tests writes to the error stream of the moment. */
  private static String printedBy(Runnable work) {
    PrintStream before = System.err;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      work.run();
    } finally {
      System.setErr(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
