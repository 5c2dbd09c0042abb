package tech.onceonly.client;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import tech.onceonly.BlockingBridge;

/**
 * What came of asking, before the first delivery, whether the API key is good: so that a wrong one
 * is known at the start, and the first claims don't wait for a cold connection.
 */
public sealed interface ApiKeyCheck {

  /** It is. */
  record Passed() implements ApiKeyCheck {}

  /** It is not, or something else that time does not mend. */
  record Refused(OnceOnlyException cause) implements ApiKeyCheck {}

  /** Nobody could tell: an outage, or a rate limit. */
  record Unanswered(String message) implements ApiKeyCheck {}

  /** Asks; completes normally, within the client's request timeout. */
  static CompletionStage<ApiKeyCheck> ask(OnceOnlyClient client) {
    return client.me().handle((account, failure) -> of(failure));
  }

  /** Asks and waits for it, at most the client's request timeout; an interrupt does not end it. */
  static ApiKeyCheck await(OnceOnlyClient client) {
    EventLoops.refuseToBlock();
    return BlockingBridge.awaitUninterruptibly(ask(client));
  }

  private static ApiKeyCheck of(@Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause == null) {
      return new Passed();
    }
    return cause instanceof OnceOnlyException refused
            && refused.outage() == null
            && !(cause instanceof RateLimitException)
        ? new Refused(refused)
        : new Unanswered(String.valueOf(cause.getMessage()));
  }
}
