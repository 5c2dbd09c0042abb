package tech.onceonly.client;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tech.onceonly.Fingerprint;
import tech.onceonly.IdempotencyKey;

/**
 * What a check-lock or a lease asks. Immutable: each {@code with} gives a changed copy.
 *
 * @param key 1 to 256 characters
 * @param ttl how long the claim is remembered (check-lock) or lasts without {@code extend} (lease):
 *     whole seconds, at least one; null for the plan's default. The server clamps what is too long
 * @param metadata shown beside the claim at the service; at most {@value #MAX_METADATA_BYTES} bytes
 *     of JSON, checked when the call is made
 * @param fingerprint of what is claimed, 1 to 128 characters. It changes no verdict; a server that
 *     takes it tells where the key was claimed with another, and no other server is sent it. Null
 *     for none
 * @param timeout of this call; null for the client's
 */
public record KeyRequest(
    String key,
    @Nullable Duration ttl,
    Map<String, ?> metadata,
    @Nullable String fingerprint,
    @Nullable Duration timeout) {

  /** The most bytes of JSON that the API takes as metadata. */
  public static final int MAX_METADATA_BYTES = 2_048;

  public KeyRequest {
    checkKey(key);
    checkTtl(ttl);
    if (fingerprint != null) {
      checkLength("fingerprint", Fingerprint.MAX_LENGTH, fingerprint);
    }
    if (timeout != null) {
      Checks.positive("timeout", timeout);
    }
    metadata = Map.copyOf(metadata);
  }

  /** With the plan's TTL, no metadata and the client's timeout. */
  public static KeyRequest of(String key) {
    return new KeyRequest(key, null, Map.of(), null, null);
  }

  public KeyRequest withTtl(@Nullable Duration value) {
    return new KeyRequest(key, value, metadata, fingerprint, timeout);
  }

  public KeyRequest withMetadata(Map<String, ?> value) {
    return new KeyRequest(key, ttl, value, fingerprint, timeout);
  }

  public KeyRequest withFingerprint(@Nullable String value) {
    return new KeyRequest(key, ttl, metadata, value, timeout);
  }

  public KeyRequest withTimeout(@Nullable Duration value) {
    return new KeyRequest(key, ttl, metadata, fingerprint, value);
  }

  static void checkKey(String key) {
    checkLength("key", IdempotencyKey.MAX_LENGTH, key);
  }

  private static void checkLength(String name, int most, String text) {
    // The common case costs no count: what is short enough in UTF-16 is so in characters.
    if (text.isEmpty() || (text.length() > most && text.codePointCount(0, text.length()) > most)) {
      throw new IllegalArgumentException(
          name
              + " must have 1 to "
              + most
              + " characters, has "
              + text.codePointCount(0, text.length()));
    }
  }

  static void checkTtl(@Nullable Duration ttl) {
    if (ttl != null && (ttl.getSeconds() < 1 || ttl.getNano() != 0)) {
      throw new IllegalArgumentException("ttl must be whole seconds, at least 1, was " + ttl);
    }
  }
}
