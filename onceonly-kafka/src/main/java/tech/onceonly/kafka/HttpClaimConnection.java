package tech.onceonly.kafka;

import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.ClaimService;
import tech.onceonly.client.ApiException;
import tech.onceonly.client.ApiKeyCheck;
import tech.onceonly.client.ClientCertificateException;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.client.OnceOnlyException;
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
      throw KafkaSettings.wrong(ConnectionSettings.TRUSTSTORE_LOCATION, e);
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
    OnceOnlyClient client = OnceOnlyClient.create(options);
    ApiKeyCheck answer = ApiKeyCheck.await(client);
    if (answer instanceof ApiKeyCheck.Refused refused) {
      client.close();
      throw new RefusedException(refused.cause());
    }
    if (answer instanceof ApiKeyCheck.Unanswered unanswered) {
      LOG.warn(
          "the API key could not be checked ({}); the consumer starts all the same",
          unanswered.message());
    }
    return client.claimService();
  }

  @Override
  public ClaimService claims() {
    return client.claimService();
  }

  @Override
  public CompletionStage<StartCheck> check() {
    return ApiKeyCheck.ask(client).thenApply(HttpClaimConnection::inSettings);
  }

  @Override
  public void close() {
    client.close();
  }

  private static StartCheck inSettings(ApiKeyCheck answer) {
    if (answer instanceof ApiKeyCheck.Refused refused) {
      return new StartCheck.Refused(settingOf(refused.cause()), refused.cause());
    }
    return answer instanceof ApiKeyCheck.Unanswered unanswered
        ? new StartCheck.Unanswered(unanswered.message())
        : new StartCheck.Passed();
  }

  private static String settingOf(OnceOnlyException refused) {
    if (refused instanceof UntrustedServerException) {
      return ConnectionSettings.TRUSTSTORE_LOCATION;
    }
    if (refused instanceof ClientCertificateException) {
      return ConnectionSettings.KEYSTORE_LOCATION;
    }
    return refused instanceof ApiException
        ? SettingDefinitions.BASE_URL
        : SettingDefinitions.API_KEY;
  }
}
