package tech.onceonly.client;

import java.time.Duration;

/**
 * When the client stops asking an API that does not answer, and how it finds out that it is back.
 *
 * @param failures so many outages with no success between open the circuit; 0 for no breaker
 * @param resetAfter how long it stays open before the API is tried again, in the background and
 *     with no claim at stake; and again after each trial that fails
 */
public record BreakerOptions(int failures, Duration resetAfter) {

  /** 5 failures, 1 s. */
  public static final BreakerOptions DEFAULTS = new BreakerOptions(5, Duration.ofSeconds(1));

  /** No breaker: every call is sent. */
  public static final BreakerOptions OFF = new BreakerOptions(0, Duration.ofSeconds(1));

  public BreakerOptions {
    Checks.between("failures", 0, 1_000_000, failures);
    Checks.positive("resetAfter", resetAfter);
  }
}
