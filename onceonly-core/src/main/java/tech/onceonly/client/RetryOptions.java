package tech.onceonly.client;

import java.time.Duration;

/**
 * When a call is made again: after 429, 500, 502, 503, 504 and network errors, and never past the
 * call's own timeout. A check-lock that is in doubt is not repeated, unless the server has declared
 * that it answers the same request id as it did the first time.
 *
 * @param maxRetries how often, after the first attempt; 0 for never
 * @param backoff before the first repetition; doubled for each further one
 * @param maxBackoff no wait is longer, unless the server asked for it
 * @param maxRetryAfter the most that is granted to a server's {@code Retry-After}
 */
public record RetryOptions(
    int maxRetries, Duration backoff, Duration maxBackoff, Duration maxRetryAfter) {

  /** No retries; were there any: 0.5 s, at most 5 s, and at most 30 s of {@code Retry-After}. */
  public static final RetryOptions NONE = retries(0);

  public RetryOptions {
    Checks.between("maxRetries", 0, 100, maxRetries);
    Checks.positive("backoff", backoff);
    Checks.positive("maxBackoff", maxBackoff);
    Checks.positive("maxRetryAfter", maxRetryAfter);
  }

  /** So many retries, with the waits of {@link #NONE}. */
  public static RetryOptions retries(int maxRetries) {
    return new RetryOptions(
        maxRetries, Duration.ofMillis(500), Duration.ofSeconds(5), Duration.ofSeconds(30));
  }

  /** The wait before repetition number {@code retry}, counted from 0. */
  Duration backoffBefore(int retry) {
    // Past 30 doublings every wait is longer than a day, and a shift would overflow.
    Duration wait = backoff.multipliedBy(1L << Math.min(retry, 30));
    return wait.compareTo(maxBackoff) > 0 ? maxBackoff : wait;
  }
}
