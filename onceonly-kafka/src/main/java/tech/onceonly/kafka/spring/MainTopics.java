package tech.onceonly.kafka.spring;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.support.TopicPartitionOffset;

/**
 * What listeners read before anything is retried: the topics where their retry topics' records
 * began. Thread-safe.
 */
final class MainTopics {

  private final Map<String, Set<String>> topics = new ConcurrentHashMap<>();

  /** Whether a record of this container may have begun in a topic: asked when one is read. */
  Predicate<String> originsOf(ListenerScope scope, ContainerProperties container) {
    if (scope.isRetryTopic()) {
      return topic -> topics.getOrDefault(scope.mainId(), Set.of()).contains(topic);
    }
    if (scope.id().equals(scope.mainId())) {
      topics.computeIfAbsent(scope.id(), id -> ConcurrentHashMap.newKeySet()).addAll(of(container));
    }
    return topic -> false;
  }

  private static Collection<String> of(ContainerProperties container) {
    List<String> named = new ArrayList<>();
    if (container.getTopics() != null) {
      named.addAll(List.of(container.getTopics()));
    }
    if (container.getTopicPartitions() != null) {
      for (TopicPartitionOffset assigned : container.getTopicPartitions()) {
        named.add(assigned.getTopic());
      }
    }
    return named;
  }
}
