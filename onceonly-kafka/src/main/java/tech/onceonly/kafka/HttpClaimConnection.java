package tech.onceonly.kafka;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.BlockingBridge;
import tech.onceonly.ClaimService;
import tech.onceonly.client.ApiException;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.client.OnceOnlyException;
import tech.onceonly.client.RateLimitException;
import tech.onceonly.client.UntrustedServerException;

/** The API over HTTP. */
final class HttpClaimConnection implements ClaimConnection {

  private static final Logger LOG = LoggerFactory.getLogger(HttpClaimConnection.class);

  private final OnceOnlyClient client;

  private HttpClaimConnection(OnceOnlyClient client) {
    this.client = client;
  }

  static ClaimConnection open(KafkaSettings settings) {
    try {
      return new HttpClaimConnection(OnceOnlyClient.create(settings.clientOptions()));
    } catch (IllegalArgumentException e) {
      throw KafkaSettings.wrong(SettingDefinitions.TRUSTSTORE_LOCATION, e);
    }
  }

  /**
   * For a consumer in code: asks once before the first record whether the key is good. So a wrong
   * key is known at start, and the first poll's claims do not wait for a cold connection. Where
   * nobody answers, the consumer starts all the same.
   *
   * @throws RefusedException if the API refuses
   */
  static ClaimService openChecked(ClientOptions options) {
    HttpClaimConnection connection = new HttpClaimConnection(OnceOnlyClient.create(options));
    // The call is bounded by the client's own request timeout.
    StartCheck answer = BlockingBridge.awaitUninterruptibly(connection.check());
    if (answer instanceof StartCheck.Refused refused) {
      connection.close();
      throw new RefusedException(refused.cause());
    }
    if (answer instanceof StartCheck.Unanswered unanswered) {
      LOG.warn(
          "the API key could not be checked ({}); the consumer starts all the same",
          unanswered.message());
    }
    return connection.claims();
  }

  @Override
  public ClaimService claims() {
    return client.claimService();
  }

  @Override
  public CompletionStage<StartCheck> check() {
    return client.me().handle((account, failure) -> of(failure));
  }

  @Override
  public void close() {
    client.close();
  }

  private static StartCheck of(@Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause == null) {
      return new StartCheck.Passed();
    }
    if (cause instanceof RateLimitException) {
      return new StartCheck.Unanswered(String.valueOf(cause.getMessage()));
    }
    if (cause instanceof OnceOnlyException refused && refused.outage() == null) {
      return new StartCheck.Refused(settingOf(refused), refused);
    }
    return new StartCheck.Unanswered(String.valueOf(cause.getMessage()));
  }

  private static String settingOf(OnceOnlyException refused) {
    if (refused instanceof UntrustedServerException) {
      return SettingDefinitions.TRUSTSTORE_LOCATION;
    }
    return refused instanceof ApiException
        ? SettingDefinitions.BASE_URL
        : SettingDefinitions.API_KEY;
  }
}
