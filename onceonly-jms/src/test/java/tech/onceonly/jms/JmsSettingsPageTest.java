package tech.onceonly.jms;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tech.onceonly.GuardEvents;

/** Holds the table in docs/configuration.md to the builder: every setting, and its default. */
class JmsSettingsPageTest {

  private static final Path PAGE = Path.of("..", "docs", "configuration.md");
  private static final Map<String, String> FIELDS =
      Map.of("queue", "destination", "topic", "destination", "claimService", "shared");

  /** A function that changes nothing has no text. */
  private static final Set<String> WITHOUT_TEXT = Set.of("bounds");

  @Test
  void everySettingStandsThereWithItsDefault() throws Exception {
    Map<String, String> expected = new TreeMap<>();
    for (Method method : JmsOptions.Builder.class.getDeclaredMethods()) {
      String name = method.getName();
      if (Modifier.isPublic(method.getModifiers()) && !name.equals("build")) {
        expected.put(name, WITHOUT_TEXT.contains(name) ? "none" : defaultOf(name));
      }
    }
    assertThat(expected).hasSizeGreaterThan(20);
    assertThat(rows()).isEqualTo(expected);
  }

  private static Map<String, String> rows() throws Exception {
    String text = Files.readString(PAGE);
    String begin = "<!-- settings of JMS: begin -->";
    String end = "<!-- settings of JMS: end -->";
    assertThat(text).contains(begin, end);
    return text.substring(text.indexOf(begin), text.indexOf(end))
        .lines()
        .filter(line -> line.startsWith("| `"))
        .map(line -> line.split("\\|", -1))
        .collect(
            Collectors.toMap(
                cells -> cells[1].replace("`", "").strip(),
                cells -> cells[2].replace("`", "").strip(),
                (one, other) -> "stands there twice",
                TreeMap::new));
  }

  private static String defaultOf(String setting) throws Exception {
    Field field = JmsOptions.Builder.class.getDeclaredField(FIELDS.getOrDefault(setting, setting));
    field.setAccessible(true);
    return textOf(field.get(JmsOptions.builder()));
  }

  private static String textOf(Object value) {
    if (value == null || value == GuardEvents.NONE) {
      return "none";
    }
    if (value instanceof Duration duration) {
      return duration.toHours() > 0 ? duration.toHours() + " h" : duration.toSeconds() + " s";
    }
    return value instanceof Enum<?> word
        ? word.name().toLowerCase(Locale.ROOT).replace('_', '-')
        : value.toString();
  }
}
