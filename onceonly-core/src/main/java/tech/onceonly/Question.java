package tech.onceonly;

import org.jspecify.annotations.Nullable;

/**
 * A delivery whose key is to be claimed.
 *
 * @param fingerprint of what it holds; null where there is none, or none is wanted
 */
record Question(Delivery delivery, IdempotencyKey key, @Nullable String fingerprint, Poll poll) {

  boolean differsFrom(@Nullable String other) {
    return Fingerprint.differ(fingerprint, other);
  }
}
