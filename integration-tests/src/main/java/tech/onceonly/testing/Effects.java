package tech.onceonly.testing;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What an {@link EffectLog} held at one moment. Immutable.
 *
 * @param all in the order in which they were recorded
 * @param torn lines that a kill cut short
 */
public record Effects(List<EffectLog.Effect> all, int torn) {

  /** Copies the list. */
  public Effects {
    all = List.copyOf(all);
  }

  /** How often each key took effect; a key that never did is missing. */
  public Map<String, Integer> perKey() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    all.forEach(effect -> counts.merge(effect.key(), 1, Integer::sum));
    return counts;
  }

  /** Keys that took effect more than once. */
  public Set<String> doubled() {
    return perKey().entrySet().stream()
        .filter(entry -> entry.getValue() > 1)
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Those of the expected keys that never took effect. */
  public Set<String> lost(Set<String> expected) {
    Set<String> seen = perKey().keySet();
    return expected.stream()
        .filter(key -> !seen.contains(key))
        .collect(Collectors.toUnmodifiableSet());
  }
}
