package tech.onceonly.server;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A tenant as it was set.
 *
 * @param name empty for the one whose API keys are given as options
 * @param limitPerMonth check-locks, and leases, that are answered in a month; null: not limited
 * @param requestsPerSecond null: not limited
 * @param keys SHA-256 of its API keys, in lower-case hexadecimal digits
 * @param adminKeys those of the admin role
 */
record TenantSettings(
    String name,
    Plan plan,
    @Nullable Long limitPerMonth,
    @Nullable Integer requestsPerSecond,
    Set<String> keys,
    Set<String> adminKeys) {
  /** For people; without hashes. */
  String told() {
    return "%s (%d API keys, %d of them admin%s%s)"
        .formatted(
            name.isEmpty() ? "without a name" : name,
            keys.size() + adminKeys.size(),
            adminKeys.size(),
            limitPerMonth == null ? "" : ", %d a month".formatted(limitPerMonth),
            requestsPerSecond == null ? "" : ", %d a second".formatted(requestsPerSecond));
  }
}
