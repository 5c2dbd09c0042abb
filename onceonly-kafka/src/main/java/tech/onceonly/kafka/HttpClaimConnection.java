package tech.onceonly.kafka;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import tech.onceonly.ClaimService;
import tech.onceonly.client.ApiException;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.client.OnceOnlyException;
import tech.onceonly.client.RateLimitException;
import tech.onceonly.client.UntrustedServerException;

/** The API over HTTP. */
final class HttpClaimConnection implements ClaimConnection {

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
