package tech.onceonly.spring.boot;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.spring.OnRefusal;

/** The properties under {@code onceonly.kafka}, for all Kafka listeners. Not for use in code. */
@ConfigurationProperties("onceonly.kafka")
public class OnceOnlyKafkaProperties extends KafkaListenerProperties {

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

  /**
   * Whether settings for a listener that is not there when the listeners begin fail the start. If
   * not, they are warned of when the application is ready.
   */
  private boolean strict = false;

  /** What differs for one listener, by its id. */
  private final Map<String, KafkaListenerProperties> listeners = new LinkedHashMap<>();

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

  public boolean isStrict() {
    return strict;
  }

  public void setStrict(boolean value) {
    strict = value;
  }

  public Map<String, KafkaListenerProperties> getListeners() {
    return listeners;
  }
}
