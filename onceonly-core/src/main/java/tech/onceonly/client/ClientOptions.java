package tech.onceonly.client;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Settings of an {@link OnceOnlyClient}. Immutable, checked when built, and safe to log: the API
 * key is in no text form of it.
 *
 * <p>The API key and the base URL are taken from the environment's {@value #API_KEY_VARIABLE} and
 * {@value #BASE_URL_VARIABLE} where they are not set in code.
 */
public final class ClientOptions {

  /** The environment's variable for the API key. */
  public static final String API_KEY_VARIABLE = "ONCEONLY_API_KEY";

  /** The environment's variable for the base URL. */
  public static final String BASE_URL_VARIABLE = "ONCEONLY_BASE_URL";

  /** The hosted API. */
  public static final String DEFAULT_BASE_URL = "https://api.onceonly.tech/v1";

  /** How long a call may take, from asking to the end of the answer. */
  public static final Duration DEFAULT_REQUEST_TIMEOUT = Duration.ofSeconds(5);

  /** What the client calls itself. */
  public static final String DEFAULT_USER_AGENT = "onceonly-java/0.1";

  private final String apiKey;
  private final BaseUrl baseUrl;
  private final Duration requestTimeout;
  private final boolean failOpen;
  private final boolean batching;
  private final String userAgent;
  private final ConnectionOptions connections;
  private final RetryOptions retries;
  private final BreakerOptions breaker;
  private final @Nullable Vertx vertx;
  private final LongSupplier nanoClock;
  private final Supplier<String> requestIds;

  private ClientOptions(Builder from, String apiKey, BaseUrl baseUrl) {
    this.apiKey = apiKey;
    this.baseUrl = baseUrl;
    this.requestTimeout = from.requestTimeout;
    this.failOpen = from.failOpen;
    this.batching = from.batching;
    this.userAgent = from.userAgent;
    this.connections = from.connections;
    this.retries = from.retries;
    this.breaker = from.breaker;
    this.vertx = from.vertx;
    this.nanoClock = from.nanoClock;
    this.requestIds = from.requestIds != null ? from.requestIds : RequestIds.random();
  }

  /** Settings to be changed, then built. */
  public static Builder builder() {
    return new Builder();
  }

  String apiKey() {
    return apiKey;
  }

  BaseUrl baseUrl() {
    return baseUrl;
  }

  Duration requestTimeout() {
    return requestTimeout;
  }

  boolean batching() {
    return batching;
  }

  boolean failOpen() {
    return failOpen;
  }

  String userAgent() {
    return userAgent;
  }

  ConnectionOptions connections() {
    return connections;
  }

  RetryOptions retries() {
    return retries;
  }

  BreakerOptions breaker() {
    return breaker;
  }

  @Nullable Vertx vertx() {
    return vertx;
  }

  LongSupplier nanoClock() {
    return nanoClock;
  }

  Supplier<String> requestIds() {
    return requestIds;
  }

  @Override
  public String toString() {
    return "ClientOptions[baseUrl="
        + baseUrl
        + ", requestTimeout="
        + requestTimeout
        + ", failOpen="
        + failOpen
        + ", userAgent="
        + userAgent
        + ", connections="
        + connections
        + ", retries="
        + retries
        + ", breaker="
        + breaker
        + "]";
  }

  /** Collects settings. Not thread-safe. */
  public static final class Builder {
    private @Nullable String apiKey;
    private @Nullable String baseUrl;
    private Duration requestTimeout = DEFAULT_REQUEST_TIMEOUT;
    private boolean failOpen = true;
    private boolean batching = true;
    private String userAgent = DEFAULT_USER_AGENT;
    private ConnectionOptions connections = ConnectionOptions.DEFAULTS;
    private RetryOptions retries = RetryOptions.NONE;
    private BreakerOptions breaker = BreakerOptions.DEFAULTS;
    private Map<String, String> environment = System.getenv();
    private @Nullable Vertx vertx;
    private LongSupplier nanoClock = System::nanoTime;
    private @Nullable Supplier<String> requestIds;

    private Builder() {}

    /** The API key. Default: the environment's {@value #API_KEY_VARIABLE}. */
    public Builder apiKey(@Nullable String value) {
      apiKey = value;
      return this;
    }

    /**
     * Where the API answers; without a path {@code /v1} is added. Default: the environment's
     * {@value #BASE_URL_VARIABLE}, else {@value #DEFAULT_BASE_URL}.
     */
    public Builder baseUrl(@Nullable String value) {
      baseUrl = value;
      return this;
    }

    /** For a whole call: waiting, connecting, retries, header and body. Default 5 s. */
    public Builder requestTimeout(Duration value) {
      requestTimeout = value;
      return this;
    }

    /**
     * Whether calls made close together travel in one request, where the server declares that it
     * takes batches; the hosted API does not. Each has its own deadline, answer and failure as
     * ever. Default true.
     */
    public Builder batching(boolean value) {
      batching = value;
      return this;
    }

    /**
     * Whether an outage gives {@link CheckLockResult.FailOpen} and {@link LeaseResult.FailOpen}
     * rather than an exception. Default true. Of no effect on {@link OnceOnlyClient#claimService}.
     */
    public Builder failOpen(boolean value) {
      failOpen = value;
      return this;
    }

    /** Default {@value #DEFAULT_USER_AGENT}. */
    public Builder userAgent(String value) {
      userAgent = value;
      return this;
    }

    /** Default {@link ConnectionOptions#DEFAULTS}. */
    public Builder connections(ConnectionOptions value) {
      connections = value;
      return this;
    }

    /** Default {@link RetryOptions#NONE}. */
    public Builder retries(RetryOptions value) {
      retries = value;
      return this;
    }

    /** Default {@link BreakerOptions#DEFAULTS}. */
    public Builder breaker(BreakerOptions value) {
      breaker = value;
      return this;
    }

    /**
     * The Vert.x to run on; the client never closes it. Default: one for all clients of the JVM,
     * with daemon threads, closed with the last of them.
     */
    public Builder vertx(@Nullable Vertx value) {
      vertx = value;
      return this;
    }

    /** Stands in for the environment's variables. For tests and configuration systems. */
    public Builder environment(Map<String, String> value) {
      environment = Map.copyOf(value);
      return this;
    }

    /** What deadlines are measured with. For tests. */
    public Builder nanoClock(LongSupplier value) {
      nanoClock = value;
      return this;
    }

    /** Makes the {@code X-Request-Id} of each call; thread-safe and never the same twice. */
    public Builder requestIds(@Nullable Supplier<String> value) {
      requestIds = value;
      return this;
    }

    /**
     * The settings, checked.
     *
     * @throws IllegalArgumentException naming the setting that is missing or wrong, and the mend
     */
    public ClientOptions build() {
      String key = firstGiven(apiKey, environment.get(API_KEY_VARIABLE));
      if (key == null) {
        throw new IllegalArgumentException(
            "There is no API key: set apiKey, or the environment's " + API_KEY_VARIABLE + ".");
      }
      if (!key.chars().allMatch(c -> c > ' ' && c < 127)) {
        throw new IllegalArgumentException(
            "The API key holds a space, a control or a non-ASCII character: check apiKey, or the"
                + " environment's "
                + API_KEY_VARIABLE
                + ".");
      }
      if (key.startsWith("${")) {
        throw new IllegalArgumentException(
            "The API key is a placeholder, ${...}, that nobody has replaced: configure what replaces"
                + " it (in Kafka's properties config.providers), or leave the setting out, and the"
                + " environment's "
                + API_KEY_VARIABLE
                + " is taken.");
      }
      String url = firstGiven(baseUrl, environment.get(BASE_URL_VARIABLE));
      Checks.positive("requestTimeout", requestTimeout);
      if (userAgent.isBlank() || !userAgent.chars().allMatch(c -> c >= ' ' && c < 127)) {
        throw new IllegalArgumentException("userAgent must be plain ASCII text");
      }
      return new ClientOptions(this, key, BaseUrl.parse(url == null ? DEFAULT_BASE_URL : url));
    }

    private static @Nullable String firstGiven(@Nullable String set, @Nullable String inherited) {
      if (set != null && !set.isBlank()) {
        return set.strip();
      }
      return inherited != null && !inherited.isBlank() ? inherited.strip() : null;
    }
  }
}
