package tech.onceonly;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is asked when a key is claimed.
 *
 * @param key names the effect
 * @param ttl how long the claim is remembered (check-lock) or lasts without a heartbeat (lease);
 *     whole seconds, at least one; null for the plan's default
 * @param metadata shown beside the claim at the service; at most 2,048 bytes of JSON
 * @param timeout the answer is worthless after this
 */
public record ClaimRequest(
    IdempotencyKey key, @Nullable Duration ttl, Map<String, Object> metadata, Duration timeout) {

  public ClaimRequest {
    if (ttl != null && ttl.toSeconds() < 1) {
      throw new IllegalArgumentException("ttl must be at least 1 s, was " + ttl);
    }
    metadata = Map.copyOf(metadata);
  }
}
