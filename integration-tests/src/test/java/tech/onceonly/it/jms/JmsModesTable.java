package tech.onceonly.it.jms;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tech.onceonly.Mode;
import tech.onceonly.testing.JmsBrokerKind;

/** What was seen, as the documentation shows it. */
final class JmsModesTable {

  private final Map<JmsCell, String> seen;

  JmsModesTable(Map<JmsCell, String> seen) {
    this.seen = seen;
  }

  String markdown() {
    StringBuilder page = new StringBuilder();
    for (Mode mode : Mode.values()) {
      page.append(mode == Mode.LEASE ? "\nLease mode:\n\n" : "\nCheck-lock mode:\n\n");
      page.append("| a message is | took effect | with |\n| --- | --- | --- |\n");
      for (JmsCase what : JmsCase.values()) {
        page.append(rows(mode, what));
      }
    }
    return page.toString();
  }

  /** A row for each thing that was seen, with all that it was seen with. */
  private String rows(Mode mode, JmsCase what) {
    Map<String, Map<JmsHook, Set<JmsBrokerKind>>> results = new LinkedHashMap<>();
    seen.forEach(
        (cell, result) -> {
          if (cell.mode() == mode && cell.what() == what) {
            results
                .computeIfAbsent(result, unused -> new EnumMap<>(JmsHook.class))
                .computeIfAbsent(cell.hook(), unused -> EnumSet.noneOf(JmsBrokerKind.class))
                .add(cell.broker());
          }
        });
    StringBuilder rows = new StringBuilder();
    results.forEach(
        (result, hooks) ->
            rows.append("| ")
                .append(what.title)
                .append(" | ")
                .append(result)
                .append(" | ")
                .append(results.size() == 1 ? "all that have it" : names(hooks))
                .append(" |\n"));
    return rows.toString();
  }

  private static String names(Map<JmsHook, Set<JmsBrokerKind>> hooks) {
    List<String> names = new ArrayList<>();
    hooks.forEach(
        (hook, brokers) ->
            names.add(
                brokers.size() == JmsBrokerKind.values().length
                    ? hook.title
                    : hook.title + " on " + brokers.iterator().next()));
    return String.join(", ", names);
  }
}
