package tech.onceonly.jms;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The names under which a property may have arrived. A name with a hyphen is no legal property name
 * of JMS: producers write another, and bridges from other protocols encode the hyphen, each in its
 * own way.
 */
final class PropertyNames {

  private static final String LEGAL_KEY = "Idempotency_Key";
  private static final String KEY = "Idempotency-Key";
  private static final List<String> HYPHENS = List.of("_", "-", "_HYPHEN_", "_$dash$_", "__dash__");
  private static final String CLOUD_EVENT = "ce_";
  private static final List<String> CLOUD_EVENTS = List.of("ce_", "cloudEvents_", "cloudEvents:");

  private PropertyNames() {}

  /** In the order in which they are looked for. */
  static Set<String> of(String name) {
    Set<String> names = new LinkedHashSet<>();
    if (name.startsWith(CLOUD_EVENT)) {
      CLOUD_EVENTS.forEach(prefix -> names.add(prefix + name.substring(CLOUD_EVENT.length())));
    } else {
      String hyphenated = name.equals(LEGAL_KEY) ? KEY : name;
      HYPHENS.forEach(hyphen -> names.add(hyphenated.replace("-", hyphen)));
    }
    return names;
  }
}
