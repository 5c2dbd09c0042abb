package tech.onceonly.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the service says of a lease. Any part may be missing.
 *
 * @param status the service's word, in lower case; null where it said none
 * @param version grows with each owner of the key; 0 where not told
 * @param ttl how long it lasts from now
 * @param retryAfter when to ask again
 */
public record LeaseState(
    String key,
    @Nullable String status,
    long version,
    @Nullable Duration ttl,
    @Nullable Duration ttlLeft,
    @Nullable Duration retryAfter) {

  static LeaseState of(String key, @Nullable AnswerFields fields) {
    return fields == null
        ? new LeaseState(key, null, 0, null, null, null)
        : new LeaseState(
            key,
            fields.status(),
            fields.version(),
            fields.ttl(),
            fields.ttlLeft(),
            fields.retryAfter());
  }
}
