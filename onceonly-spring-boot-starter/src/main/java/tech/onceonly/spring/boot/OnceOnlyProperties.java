package tech.onceonly.spring.boot;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;

/** The properties under {@code onceonly} that hold for everything. Not for use in code. */
@ConfigurationProperties("onceonly")
public class OnceOnlyProperties {

  /** Whether anything is protected at all: a kill switch. */
  private boolean enabled = true;

  /** The API key. Without it, the environment's ONCEONLY_API_KEY. */
  private @Nullable String apiKey;

  /** Where the API answers. Without it, the environment's ONCEONLY_BASE_URL, or the hosted API. */
  private @Nullable String baseUrl;

  /**
   * An API key with the admin role, for the Actuator endpoint to see and release keys with. Without
   * it, the API key.
   */
  private @Nullable String adminApiKey;

  /** Whether the API is asked at the start if the key is good; a refusal fails the start. */
  private boolean checkOnStart = true;

  /** The certificates to trust, in place of the platform's. */
  @NestedConfigurationProperty private final StoreProperties trustStore = new StoreProperties();

  /** The client's own certificate and its private key, for a server that wants one. */
  @NestedConfigurationProperty private final StoreProperties keyStore = new StoreProperties();

  @NestedConfigurationProperty
  private final IdempotentProperties idempotent = new IdempotentProperties();

  public boolean isEnabled() {
    return enabled;
  }

  public void setEnabled(boolean value) {
    enabled = value;
  }

  public @Nullable String getApiKey() {
    return apiKey;
  }

  public void setApiKey(@Nullable String value) {
    apiKey = value;
  }

  public @Nullable String getAdminApiKey() {
    return adminApiKey;
  }

  public void setAdminApiKey(@Nullable String value) {
    adminApiKey = value;
  }

  public @Nullable String getBaseUrl() {
    return baseUrl;
  }

  public void setBaseUrl(@Nullable String value) {
    baseUrl = value;
  }

  public boolean isCheckOnStart() {
    return checkOnStart;
  }

  public void setCheckOnStart(boolean value) {
    checkOnStart = value;
  }

  public StoreProperties getTrustStore() {
    return trustStore;
  }

  public StoreProperties getKeyStore() {
    return keyStore;
  }

  public IdempotentProperties getIdempotent() {
    return idempotent;
  }
}
