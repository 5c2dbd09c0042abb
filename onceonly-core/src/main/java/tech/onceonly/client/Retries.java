package tech.onceonly.client;

import java.time.Duration;
import java.util.Set;
import tech.onceonly.OutageReason;

/** Whether and when a call is made again. */
final class Retries {

  private static final Set<Integer> STATUSES = Set.of(500, 502, 503, 504);

  private Retries() {}

  /** 429, some of the 5xx, and whatever kept an answer from coming. */
  static boolean isRetryable(OnceOnlyException failure) {
    if (failure instanceof ApiException api) {
      return STATUSES.contains(api.status());
    }
    if (failure instanceof TransportException transport) {
      return transport.outage() != OutageReason.CIRCUIT_OPEN;
    }
    return failure instanceof RateLimitException;
  }

  /** Whether a second try can do no harm, the first having perhaps taken effect. */
  static boolean isSafe(OnceOnlyException failure, Call.Repeat repeat, boolean replayed) {
    return switch (repeat) {
      case ALWAYS -> true;
      case WHERE_REPLAYED -> replayed || !failure.inDoubt();
      case UNLESS_IN_DOUBT -> !failure.inDoubt();
      case NEVER -> false;
    };
  }

  static Duration delay(OnceOnlyException failure, RetryOptions options, int retriesSoFar) {
    if (failure instanceof RateLimitException limit && limit.retryAfter() != null) {
      return limit.retryAfter();
    }
    return options.backoffBefore(retriesSoFar);
  }
}
