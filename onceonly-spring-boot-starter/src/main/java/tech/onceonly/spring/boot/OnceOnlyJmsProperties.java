package tech.onceonly.spring.boot;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import tech.onceonly.jms.JmsOptions;

/** The properties under {@code onceonly.jms}, for all JMS listeners. Not for use in code. */
@ConfigurationProperties("onceonly.jms")
public class OnceOnlyJmsProperties extends JmsListenerProperties {

  /**
   * The most that a message waits for an answer to its claim, and afterwards for the service to
   * have heard of the outcome. Without it, 2s.
   */
  private Duration budget = JmsOptions.DEFAULT_CLAIM_BUDGET;

  /** The longest pause before a message that waits is asked for again. */
  private Duration maxHold = Duration.ofSeconds(30);

  /**
   * How long a message waits in a transaction of a transaction manager (JTA, JmsTransactionManager)
   * before it is rolled back. Less than the transaction's timeout. Closing waits as long, at most,
   * for listeners that are still at work.
   */
  private Duration maxWait = Duration.ofSeconds(30);

  /** Whether messages of temporary queues and topics are claimed too. */
  private boolean temporaryDestinations = false;

  /**
   * Whether a container that loses messages of its own accord, since it acknowledges them before
   * its listener has succeeded, fails the start, and settings for a listener that is not there when
   * the listeners begin too. If not, both are warned of.
   */
  private boolean strict = false;

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

  public Duration getMaxWait() {
    return maxWait;
  }

  public void setMaxWait(Duration value) {
    maxWait = value;
  }

  public boolean isTemporaryDestinations() {
    return temporaryDestinations;
  }

  public void setTemporaryDestinations(boolean value) {
    temporaryDestinations = value;
  }

  public boolean isStrict() {
    return strict;
  }

  public void setStrict(boolean value) {
    strict = value;
  }

  public Map<String, Listener> getListeners() {
    return listeners;
  }

  /** For one JMS listener. */
  public static class Listener extends JmsListenerProperties {

    /**
     * Names whose copies of a topic's messages are one effect, in place of the subscription's
     * client id and name; needed where the listener's subscription is neither durable nor shared.
     */
    private @Nullable String subscription;

    public @Nullable String getSubscription() {
      return subscription;
    }

    public void setSubscription(@Nullable String value) {
      subscription = value;
    }
  }
}
