package tech.onceonly.spring.boot;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import tech.onceonly.GuardCounters;
import tech.onceonly.GuardEvents;

/** Counts by group since the start, for who has no meters. Bounded by the groups. Thread-safe. */
final class GroupCounts implements GroupEvents {

  private final Map<String, GuardCounters> groups = new ConcurrentHashMap<>();

  @Override
  public GuardEvents apply(String group) {
    return groups.computeIfAbsent(group, name -> new GuardCounters());
  }

  Map<String, Map<String, Long>> snapshot() {
    Map<String, Map<String, Long>> snapshot = new TreeMap<>();
    groups.forEach((group, counters) -> snapshot.put(group, counters.snapshot()));
    return snapshot;
  }
}
