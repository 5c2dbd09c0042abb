package tech.onceonly.kafka.spring;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.kafka.listener.AbstractMessageListenerContainer;
import org.springframework.kafka.retrytopic.RetryTopicConstants;

/**
 * Which listener a container runs, and whose effects its effects are.
 *
 * <p>A retry topic's container has the ids and the group of its listener with the topic's suffix:
 * what failed there and is redelivered here is one effect. A dead-letter topic's handler has
 * effects of its own, or its success would make the replay of what is dead a duplicate. Which of
 * the two a suffix names, the framework does not tell a container: what does not look like a retry
 * topic's default suffix is taken for the second, which can double an effect and never lose one.
 *
 * @param id the container's; empty where it has none
 * @param mainId the listener's that it belongs to; its own where it belongs to none
 * @param group that its effects belong to; empty where the container has none
 * @param apart what sets its effects apart from the listener's; empty where they are one
 */
record ListenerScope(String id, String mainId, String group, String apart) {

  private static final Pattern RETRY_TOPIC =
      Pattern.compile(Pattern.quote(RetryTopicConstants.DEFAULT_RETRY_SUFFIX) + "(-\\d+)*");

  static ListenerScope of(AbstractMessageListenerContainer<?, ?> container) {
    String id = orEmpty(container.getListenerId());
    String main = container.getMainListenerId();
    return of(id, main == null ? id : main, orEmpty(container.getGroupId()));
  }

  static ListenerScope of(String id, String mainId, String group) {
    // Another name altogether, of a names provider of the user's own, stands for itself.
    String suffix = id.startsWith(mainId) ? id.substring(mainId.length()) : "-" + id;
    String listeners =
        group.endsWith(suffix) ? group.substring(0, group.length() - suffix.length()) : group;
    boolean isListeners = suffix.isEmpty() || RETRY_TOPIC.matcher(suffix).matches();
    return new ListenerScope(id, mainId, listeners, isListeners ? "" : suffix);
  }

  /** Whether what failed in the listener's own topics is retried here, as one effect with it. */
  boolean isRetryTopic() {
    return !id.equals(mainId) && apart.isEmpty();
  }

  private static String orEmpty(@Nullable String value) {
    return value == null ? "" : value;
  }
}
