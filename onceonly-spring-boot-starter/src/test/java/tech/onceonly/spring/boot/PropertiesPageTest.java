package tech.onceonly.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Editors and the documentation know every property. {@code -Ddocs.write=true} writes the table.
 */
class PropertiesPageTest {

  private static final String BEGIN = "<!-- properties -->\n";
  private static final String END = "<!-- end -->";

  @Test
  void thePageListsEveryPropertyWithItsDescription() throws IOException {
    Path page = Path.of("..", "docs", "spring-boot.md");
    String written = Files.readString(page);
    String table = table();
    if (Boolean.getBoolean("docs.write")) {
      int begin = written.indexOf(BEGIN);
      int end = written.indexOf(END, begin);
      written = written.substring(0, begin) + table + written.substring(end);
      Files.writeString(page, written);
    }
    assertThat(written).contains(table);
  }

  private static String table() throws IOException {
    Map<String, String> rows = new TreeMap<>();
    try (InputStream metadata =
        PropertiesPageTest.class.getResourceAsStream(
            "/META-INF/spring-configuration-metadata.json")) {
      for (JsonNode property : new ObjectMapper().readTree(metadata).get("properties")) {
        String name = property.get("name").asText();
        assertThat(property.hasNonNull("description")).as(name + " has a description").isTrue();
        JsonNode standard = property.get("defaultValue");
        rows.put(
            name,
            "| `"
                + name
                + "` | "
                + (standard == null ? "" : "`" + standard.asText() + "`")
                + " | "
                + property.get("description").asText()
                + " |\n");
      }
    }
    assertThat(rows).containsKeys("onceonly.api-key", "onceonly.kafka.mode");
    return BEGIN
        + "| property | default | |\n| --- | --- | --- |\n"
        + String.join("", rows.values());
  }
}
