package tech.onceonly.client;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whose API key it is.
 *
 * @param plan null where not told
 * @param fields all that the service said, as it said it
 */
public record Account(@Nullable String plan, Map<String, Object> fields) {

  public Account {
    // Map.copyOf takes no nulls, which JSON has.
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }
}
