package tech.onceonly.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tech.onceonly.CallDecision;
import tech.onceonly.Decision;
import tech.onceonly.Delivery;

/** Holds docs/metrics.md to the code. */
class MetersPageTest {

  private static final Path PAGE = Path.of("..", "docs", "metrics.md");
  private static final Set<String> OPEN_TAGS = Set.of("group", "destination", "name");

  private record Row(String type, String description, Map<String, Set<String>> tags) {}

  @Test
  void theTableIsAsTheMetersAre() throws IOException {
    MeterRegistry registry = new SimpleMeterRegistry();
    use(registry);
    String begin = "<!-- meters: begin -->\n";
    String text = Files.readString(PAGE);
    int from = text.indexOf(begin) + begin.length();
    int to = text.indexOf("<!-- meters: end -->");
    assertThat(to).as("both markers stand in " + PAGE).isGreaterThanOrEqualTo(from);
    String expected = "\n" + table(registry) + "\n";
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(PAGE, text.substring(0, from) + expected + text.substring(to));
      return;
    }
    assertThat(text.substring(from, to))
        .as(
            "docs/metrics.md is not as the meters are; write it anew: ./mvnw -B -pl onceonly-core"
                + " test -Dtest=MetersPageTest -Ddocs.write=true")
        .isEqualTo(expected);
  }

  @Test
  void theAlertsAreAboutSeriesThatPrometheusHas() throws IOException {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    use(registry);
    Set<String> series =
        registry
            .scrape()
            .lines()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.substring(0, line.indexOf('{')))
            .collect(Collectors.toSet());
    Set<String> named =
        Pattern.compile("onceonly_[a-z_]+")
            .matcher(Files.readString(PAGE))
            .results()
            .map(match -> match.group())
            .collect(Collectors.toSet());

    assertThat(named).hasSizeGreaterThan(5);
    assertThat(series).containsAll(named);
  }

  @Test
  void everyTagValueInAnAlertIsOneThatThereIs() throws IOException {
    MeterRegistry registry = new SimpleMeterRegistry();
    use(registry);
    Set<String> known =
        registry.getMeters().stream()
            .flatMap(meter -> meter.getId().getTags().stream())
            .map(tag -> tag.getKey() + "=\"" + tag.getValue() + "\"")
            .collect(Collectors.toSet());
    Set<String> used =
        Pattern.compile("(\\w+)!?=(\"\\w+\")")
            .matcher(Files.readString(PAGE))
            .results()
            .map(match -> match.group(1) + "=" + match.group(2))
            .collect(Collectors.toSet());

    assertThat(used).hasSizeGreaterThan(4);
    assertThat(known).containsAll(used);
  }

  /** One decision makes all the meters of its destination. */
  private static void use(MeterRegistry registry) {
    CallMetrics.bindTo(registry, "charge").accept(CallDecision.RUN);
    OnceOnlyMetrics.bindTo(registry, "payments")
        .decided(
            new Delivery() {
              @Override
              public String destination() {
                return "orders";
              }

              @Override
              public @Nullable String position() {
                return null;
              }

              @Override
              public byte @Nullable [] header(String name) {
                return null;
              }
            },
            new Decision.Skip(Decision.SkipReason.DUPLICATE, null, false),
            Duration.ofMillis(1));
  }

  private static String table(MeterRegistry registry) {
    Map<String, Row> rows = new TreeMap<>();
    for (Meter meter : registry.getMeters()) {
      Meter.Id id = meter.getId();
      Row row =
          rows.computeIfAbsent(
              id.getName(),
              name ->
                  new Row(
                      id.getType().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                      String.valueOf(id.getDescription()),
                      new TreeMap<>()));
      for (Tag tag : id.getTags()) {
        row.tags.computeIfAbsent(tag.getKey(), key -> new TreeSet<>()).add(tag.getValue());
      }
    }
    StringBuilder table =
        new StringBuilder("| meter | type | what it counts | tags |\n| --- | --- | --- | --- |\n");
    rows.forEach(
        (name, row) ->
            table.append(
                "| `%s` | %s | %s | %s |%n"
                    .formatted(name, row.type, row.description, tagsOf(row.tags))));
    return table.toString();
  }

  private static String tagsOf(Map<String, Set<String>> tags) {
    return tags.entrySet().stream()
        .map(
            tag ->
                OPEN_TAGS.contains(tag.getKey())
                    ? "`" + tag.getKey() + "`"
                    : "`" + tag.getKey() + "`: " + String.join(", ", tag.getValue()))
        .collect(Collectors.joining("; "));
  }
}
