package tech.onceonly.server.store;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a Redis tells of itself, by {@code INFO}. */
record RedisInfo(Map<String, String> lines) {
  private static final String NOEVICTION = "noeviction";

  static RedisInfo of(String text) {
    Map<String, String> lines = new HashMap<>();
    for (String line : List.of(text.split("\r?\n"))) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        lines.put(line.substring(0, colon), line.substring(colon + 1));
      }
    }
    return new RedisInfo(lines);
  }

  boolean is(String name, String value) {
    return value.equals(lines.get(name));
  }

  /** The policy by which it would drop live claims to make room; null where it would not. */
  @Nullable String evictsBy() {
    String policy = lines.getOrDefault("maxmemory_policy", NOEVICTION);
    return policy.equals(NOEVICTION) || is("maxmemory", "0") ? null : policy;
  }
}
