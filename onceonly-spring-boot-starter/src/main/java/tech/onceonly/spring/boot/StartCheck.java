package tech.onceonly.spring.boot;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.client.ApiException;
import tech.onceonly.client.ClientCertificateException;
import tech.onceonly.client.ClientKeyStore;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.ConnectionOptions;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.client.OnceOnlyException;
import tech.onceonly.client.OverLimitException;
import tech.onceonly.client.RateLimitException;
import tech.onceonly.client.TrustStore;
import tech.onceonly.client.UnauthorizedException;
import tech.onceonly.client.UntrustedServerException;

/** Makes the client, and asks once whether the API key is good, before the first record. */
final class StartCheck {

  private static final Logger LOG = LoggerFactory.getLogger(StartCheck.class);

  private StartCheck() {}

  /**
   * A client whose key was not refused.
   *
   * @throws StartRefusedException naming the property and the mend
   */
  static OnceOnlyClient client(OnceOnlyProperties properties) {
    ClientOptions options = options(properties);
    OnceOnlyClient client = loaded(() -> OnceOnlyClient.create(options));
    if (properties.isCheckOnStart()) {
      try {
        client.sync().me();
      } catch (OnceOnlyException e) {
        if (e.outage() == null && !(e instanceof RateLimitException)) {
          client.close();
          throw refused(e);
        }
        LOG.warn(
            "the API key could not be checked ({}); the application starts all the same",
            e.getMessage());
      }
    }
    return client;
  }

  /** Where an older Netty wins over the one that is needed, this is the first to miss it. */
  static OnceOnlyClient loaded(Supplier<OnceOnlyClient> client) {
    try {
      return client.get();
    } catch (IllegalArgumentException e) {
      throw new StartRefusedException(
          "OnceOnly is not configured: " + e.getMessage(),
          "Check the properties onceonly.trust-store.* and onceonly.key-store.*.",
          e);
    } catch (LinkageError e) {
      throw new StartRefusedException(
          "The client of the OnceOnly API cannot run with the versions on the class path: " + e,
          "It needs Netty 4.2, and Spring Boot 3 manages 4.1: set the property netty.version of the"
              + " build to a 4.2 version (in Gradle ext['netty.version']).",
          e);
    }
  }

  private static ClientOptions options(OnceOnlyProperties properties) {
    return options(properties, properties.getApiKey());
  }

  static ClientOptions options(OnceOnlyProperties properties, @Nullable String apiKey) {
    try {
      return ClientOptions.builder()
          .apiKey(apiKey)
          .baseUrl(properties.getBaseUrl())
          .connections(connections(properties))
          .build();
    } catch (IllegalArgumentException e) {
      throw new StartRefusedException(
          "OnceOnly is not configured: " + e.getMessage(),
          "Set the property onceonly.api-key (or the environment's ONCEONLY_API_KEY) and, for a"
              + " server of your own, onceonly.base-url. To start without protection, set"
              + " onceonly.enabled=false.",
          e);
    }
  }

  private static ConnectionOptions connections(OnceOnlyProperties properties) {
    StoreProperties trust = properties.getTrustStore();
    StoreProperties own = properties.getKeyStore();
    Path trusted = trust.getLocation();
    Path shown = own.getLocation();
    return ConnectionOptions.DEFAULTS
        .withTrustStore(
            trusted == null
                ? null
                : new TrustStore(
                    trusted, trust.getPassword(), TrustStore.Type.valueOf(trust.getType().name())))
        .withKeyStore(
            shown == null
                ? null
                : new ClientKeyStore(
                    shown, own.getPassword(), ClientKeyStore.Type.valueOf(own.getType().name())));
  }

  private static StartRefusedException refused(OnceOnlyException e) {
    return new StartRefusedException(
        "The OnceOnly API refused at the start, so nothing would be processed: " + e.getMessage(),
        mend(e)
            + " To start without asking, set onceonly.check-on-start=false; without protection,"
            + " onceonly.enabled=false.",
        e);
  }

  private static String mend(OnceOnlyException e) {
    if (e instanceof UnauthorizedException) {
      return "Check the property onceonly.api-key.";
    }
    if (e instanceof OverLimitException) {
      return "The plan of onceonly.api-key is used up: raise it, or wait for its renewal.";
    }
    if (e instanceof UntrustedServerException) {
      return "The server's certificate does not verify: check onceonly.base-url, or give the"
          + " authority by onceonly.trust-store.location.";
    }
    if (e instanceof ClientCertificateException) {
      return "The server lets in nobody without a certificate that it trusts: give one by"
          + " onceonly.key-store.location.";
    }
    return e instanceof ApiException
        ? "Check the property onceonly.base-url: something else may answer there."
        : "Check the properties onceonly.api-key and onceonly.base-url.";
  }
}
