package tech.onceonly.kafka;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;

/** The settings as a table for the documentation. */
final class SettingsTable {

  private SettingsTable() {}

  /** In Markdown, a line for each setting, in the order of their definition. */
  static String markdown() {
    StringBuilder table =
        new StringBuilder(
            """
            | setting | type | default | valid | importance | what it does |
            | --- | --- | --- | --- | --- | --- |
            """);
    for (String name : SettingDefinitions.names()) {
      ConfigKey key = SettingDefinitions.ALL.configKeys().get(name);
      if (key != null) {
        table.append(row(key));
      }
    }
    return table.toString();
  }

  private static String row(ConfigKey key) {
    return "| `"
        + key.name
        + "` | "
        + key.type.name().toLowerCase(Locale.ROOT)
        + " | "
        + defaultOf(key)
        + " | "
        + (key.validator == null ? "" : cell(key.validator.toString()))
        + " | "
        + key.importance.name().toLowerCase(Locale.ROOT)
        + " | "
        + cell(key.documentation)
        + " |\n";
  }

  private static String defaultOf(ConfigKey key) {
    Object value = key.defaultValue;
    if (value == null || (value instanceof List<?> list && list.isEmpty())) {
      return "";
    }
    String text =
        value instanceof List<?> list
            ? list.stream().map(String::valueOf).collect(Collectors.joining(","))
            : value.toString();
    return "`" + text + "`";
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("\n", " ");
  }
}
