package tech.onceonly.spring.boot;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import tech.onceonly.Mode;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.spring.OnRefusal;

/** The properties under {@code onceonly}. Not for use in code. */
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

  private final Kafka kafka = new Kafka();

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

  public Kafka getKafka() {
    return kafka;
  }

  public IdempotentProperties getIdempotent() {
    return idempotent;
  }

  /** What may be set for all listeners, and for one. */
  public static class Listener {

    /** Whether records are claimed at all. Without it, they are. */
    private @Nullable Boolean enabled;

    /** check-lock (the default), or lease for effects that must survive a crash. */
    private @Nullable Mode mode;

    /** How long a check-lock claim is remembered. Without it, as the plan says. */
    private @Nullable Duration ttl;

    /** How long a lease lasts without a heartbeat. Without it, 60s. */
    private @Nullable Duration leaseTtl;

    /**
     * How long one run keeps its lease, so that one that hangs is overtaken at last. Without it,
     * 1h.
     */
    private @Nullable Duration maxRenewal;

    /**
     * Where the key comes from: a list, tried in order. Without it, header:Idempotency-Key,offset.
     */
    private @Nullable String keys;

    /** Whose effects these are. Without it, the consumer group. */
    private @Nullable String namespace;

    /** Raised when everything is to be processed again on purpose. Without it, 1. */
    private @Nullable String generation;

    /** Whether records run, unprotected and counted, while the API is down. Without it, they do. */
    private @Nullable Boolean failOpen;

    /** Decide, claim and count, but run everything. Without it, false. */
    private @Nullable Boolean dryRun;

    public @Nullable Boolean getEnabled() {
      return enabled;
    }

    public void setEnabled(@Nullable Boolean value) {
      enabled = value;
    }

    public @Nullable Mode getMode() {
      return mode;
    }

    public void setMode(@Nullable Mode value) {
      mode = value;
    }

    public @Nullable Duration getTtl() {
      return ttl;
    }

    public void setTtl(@Nullable Duration value) {
      ttl = value;
    }

    public @Nullable Duration getLeaseTtl() {
      return leaseTtl;
    }

    public void setLeaseTtl(@Nullable Duration value) {
      leaseTtl = value;
    }

    public @Nullable Duration getMaxRenewal() {
      return maxRenewal;
    }

    public void setMaxRenewal(@Nullable Duration value) {
      maxRenewal = value;
    }

    public @Nullable String getKeys() {
      return keys;
    }

    public void setKeys(@Nullable String value) {
      keys = value;
    }

    public @Nullable String getNamespace() {
      return namespace;
    }

    public void setNamespace(@Nullable String value) {
      namespace = value;
    }

    public @Nullable String getGeneration() {
      return generation;
    }

    public void setGeneration(@Nullable String value) {
      generation = value;
    }

    public @Nullable Boolean getFailOpen() {
      return failOpen;
    }

    public void setFailOpen(@Nullable Boolean value) {
      failOpen = value;
    }

    public @Nullable Boolean getDryRun() {
      return dryRun;
    }

    public void setDryRun(@Nullable Boolean value) {
      dryRun = value;
    }

    KafkaOptions.Builder applyTo(KafkaOptions.Builder options) {
      if (mode != null) {
        options.mode(mode);
      }
      if (ttl != null) {
        options.ttl(ttl);
      }
      if (leaseTtl != null) {
        options.leaseTtl(leaseTtl);
      }
      if (maxRenewal != null) {
        options.maxRenewal(maxRenewal);
      }
      if (keys != null) {
        options.keys(keys);
      }
      if (namespace != null) {
        options.namespace(namespace);
      }
      if (generation != null) {
        options.generation(generation);
      }
      if (failOpen != null) {
        options.failOpen(failOpen);
      }
      if (dryRun != null) {
        options.dryRun(dryRun);
      }
      return options;
    }
  }

  /** For all Kafka listeners. */
  public static class Kafka extends Listener {

    /** The most that a record, or a batch, waits for its claims. Without it, 2s. */
    private Duration budget = KafkaOptions.DEFAULT_POLL_BUDGET;

    /** Caps how long a partition is held before it is asked again. */
    private Duration maxHold = Duration.ofSeconds(30);

    /** Names the cluster in offset keys. Mirrors that keep offsets want the same on both sides. */
    private String clusterAlias = "";

    /** Topics whose records pass without a claim. */
    private Set<String> excludedTopics = Set.of();

    /** What a container does when the API refuses: stop, or pause and ask again. */
    private OnRefusal onRefusal = OnRefusal.STOP;

    /** With on-refusal=pause, how long a partition waits before it is asked again. */
    private Duration refusalRetry = Duration.ofSeconds(30);

    /** What differs for one listener, by its id. */
    private final Map<String, Listener> listeners = new LinkedHashMap<>();

    public Duration getBudget() {
      return budget;
    }

    public void setBudget(Duration value) {
      budget = value;
    }

    public Duration getMaxHold() {
      return maxHold;
    }

    public void setMaxHold(Duration value) {
      maxHold = value;
    }

    public String getClusterAlias() {
      return clusterAlias;
    }

    public void setClusterAlias(String value) {
      clusterAlias = value;
    }

    public Set<String> getExcludedTopics() {
      return excludedTopics;
    }

    public void setExcludedTopics(Set<String> value) {
      excludedTopics = value;
    }

    public OnRefusal getOnRefusal() {
      return onRefusal;
    }

    public void setOnRefusal(OnRefusal value) {
      onRefusal = value;
    }

    public Duration getRefusalRetry() {
      return refusalRetry;
    }

    public void setRefusalRetry(Duration value) {
      refusalRetry = value;
    }

    public Map<String, Listener> getListeners() {
      return listeners;
    }
  }
}
