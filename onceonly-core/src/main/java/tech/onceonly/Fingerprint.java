package tech.onceonly;

import org.jspecify.annotations.Nullable;

/**
 * Stands for what a delivery holds, so that two different ones under one key are noticed. It
 * changes no decision.
 *
 * <p>The same delivery must have the same one at each redelivery, in every process. A name in the
 * settings stands for a class with a public constructor without arguments. Called by many threads.
 */
@FunctionalInterface
public interface Fingerprint {

  /** The most characters that one may have. */
  int MAX_LENGTH = 128;

  /**
   * Of this delivery, which must not be changed. What it throws is logged, and counts as none.
   *
   * @return 1 to {@value #MAX_LENGTH} characters; null where there is none
   */
  @Nullable String of(Delivery delivery);

  /** Whether both are there, and two. */
  static boolean differ(@Nullable String one, @Nullable String other) {
    return one != null && other != null && !one.equals(other);
  }
}
