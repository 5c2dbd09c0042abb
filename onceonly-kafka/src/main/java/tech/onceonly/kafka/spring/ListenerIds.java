package tech.onceonly.kafka.spring;

import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** Which listeners the settings name, and which there are. Thread-safe. */
final class ListenerIds {

  private final Set<String> seen = ConcurrentHashMap.newKeySet();
  private final Set<String> named;

  ListenerIds(Set<String> changed, Set<String> without) {
    SortedSet<String> all = new TreeSet<>(changed);
    all.addAll(without);
    named = Set.copyOf(all);
  }

  void saw(ListenerScope scope) {
    saw(scope.id());
    saw(scope.mainId());
  }

  void saw(String id) {
    if (!id.isEmpty()) {
      seen.add(id);
    }
  }

  SortedSet<String> seen() {
    return new TreeSet<>(seen);
  }

  SortedSet<String> unmatched() {
    SortedSet<String> unmatched = new TreeSet<>(named);
    unmatched.removeAll(seen);
    return unmatched;
  }
}
