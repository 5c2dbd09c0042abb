package tech.onceonly.it.spring;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What was seen, as the documentation shows it. */
final class AckModesTable {

  private final Map<Cell, String> seen;

  AckModesTable(Map<Cell, String> seen) {
    this.seen = seen;
  }

  String markdown() {
    Map<String, Map<Cell, String>> tables = new LinkedHashMap<>();
    seen.forEach(
        (cell, what) ->
            tables.computeIfAbsent(cell.table(), unused -> new LinkedHashMap<>()).put(cell, what));
    StringBuilder page = new StringBuilder();
    tables.forEach((title, cells) -> page.append(table(title, cells)));
    return page.toString();
  }

  /** A row for each thing that can happen, a column for what was seen, and in which modes. */
  private static String table(String title, Map<Cell, String> cells) {
    Map<ListenerCase, Map<String, Set<String>>> rows = new LinkedHashMap<>();
    cells.forEach(
        (cell, what) ->
            rows.computeIfAbsent(cell.what(), unused -> new LinkedHashMap<>())
                .computeIfAbsent(what, unused -> new LinkedHashSet<>())
                .add(cell.ackMode().name()));
    StringBuilder table =
        new StringBuilder("\n").append(title).append(":\n\n| a record is | took effect | in |\n");
    table.append("| --- | --- | --- |\n");
    rows.forEach(
        (what, results) ->
            results.forEach(
                (result, ackModes) ->
                    table
                        .append("| ")
                        .append(what.title)
                        .append(" | ")
                        .append(result)
                        .append(" | ")
                        .append(ackModes.stream().collect(Collectors.joining(", ")))
                        .append(" |\n")));
    return table.toString();
  }
}
