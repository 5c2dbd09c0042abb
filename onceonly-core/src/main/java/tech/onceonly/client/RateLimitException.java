package tech.onceonly.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** 429: too many requests; nothing was done. Never fails open. */
public final class RateLimitException extends OnceOnlyException {

  private static final long serialVersionUID = 1L;

  private final @Nullable Duration retryAfter;

  RateLimitException(String message, @Nullable Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  /** When to ask again, capped by {@link RetryOptions#maxRetryAfter}; null where not told. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
