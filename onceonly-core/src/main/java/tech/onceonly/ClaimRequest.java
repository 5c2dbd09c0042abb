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
 * @param fingerprint of what is claimed, 1 to 128 characters; changes no verdict, and goes only to
 *     a service that has declared that it takes one. Null for none
 * @param timeout the answer is worthless after this
 * @param repeatOf the request id of a check-lock of this key that is in doubt, to be answered as
 *     that was; only where {@link ClaimService#canReplay}. Null, as a rule, for a question of its
 *     own
 */
public record ClaimRequest(
    IdempotencyKey key,
    @Nullable Duration ttl,
    Map<String, Object> metadata,
    @Nullable String fingerprint,
    Duration timeout,
    @Nullable String repeatOf) {

  /** A question of its own, without a fingerprint. */
  public ClaimRequest(
      IdempotencyKey key, @Nullable Duration ttl, Map<String, Object> metadata, Duration timeout) {
    this(key, ttl, metadata, null, timeout, null);
  }

  public ClaimRequest {
    if (ttl != null && ttl.toSeconds() < 1) {
      throw new IllegalArgumentException("ttl must be at least 1 s, was " + ttl);
    }
    metadata = Map.copyOf(metadata);
  }
}
