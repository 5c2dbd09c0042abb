package tech.onceonly.spring.boot;

import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.config.AbstractKafkaListenerContainerFactory;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.listener.AbstractMessageListenerContainer;
import org.springframework.kafka.listener.MessageListenerContainer;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.spring.OnceOnlyContainerPostProcessor;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;

/**
 * Protects every {@code @KafkaListener}, and every listener container that is a bean. It publishes
 * no bean of a kind that Boot takes only where it is the one.
 */
@AutoConfiguration(after = OnceOnlyAutoConfiguration.class)
@ConditionalOnClass(AbstractKafkaListenerContainerFactory.class)
@ConditionalOnProperty(
    prefix = "onceonly",
    name = {"enabled", "kafka.enabled"},
    matchIfMissing = true)
@EnableConfigurationProperties(OnceOnlyKafkaProperties.class)
public class OnceOnlyKafkaAutoConfiguration {

  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  OnceOnlySpringKafka onceOnlySpringKafka(
      OnceOnlyKafkaProperties kafka, OnceOnlyClient client, ObjectProvider<GroupEvents> events) {
    OnceOnlySpringKafka.Builder builder =
        OnceOnlySpringKafka.builder(() -> options(kafka, client))
            .onRefusal(kafka.getOnRefusal())
            .refusalRetry(kafka.getRefusalRetry())
            .events(GroupEvents.all(events));
    kafka
        .getListeners()
        .forEach(
            (id, listener) -> {
              if (listener.isOff()) {
                builder.without(id);
              } else {
                builder.listener(id, listener::applyTo);
              }
            });
    return builder.build();
  }

  @Bean
  ProtectedListeners onceOnlyKafkaListeners(OnceOnlySpringKafka onceOnly) {
    return new ProtectedListeners(
        onceOnly::refusals, onceOnly::isFinishedHere, onceOnly::forgetFinished);
  }

  @Bean
  UnmatchedListeners onceOnlyKafkaUnmatchedListeners(
      OnceOnlySpringKafka onceOnly,
      OnceOnlyKafkaProperties kafka,
      ObjectProvider<KafkaListenerEndpointRegistry> registries,
      ObjectProvider<MessageListenerContainer> beans) {
    return new UnmatchedListeners(
        "onceonly.kafka.listeners",
        kafka.isStrict(),
        () -> without(onceOnly.unmatchedIds(), shareGroups(registries, beans)),
        onceOnly::listenerIds);
  }

  @Bean
  static OnceOnlyContainerPostProcessor onceOnlyContainerPostProcessor(
      ObjectProvider<OnceOnlySpringKafka> onceOnly) {
    return new OnceOnlyContainerPostProcessor(onceOnly::getObject);
  }

  private static SortedSet<String> without(SortedSet<String> ids, Set<String> others) {
    ids.removeAll(others);
    return ids;
  }

  /** Share groups come by when their consumers are made, which is at the containers' start. */
  private static Set<String> shareGroups(
      ObjectProvider<KafkaListenerEndpointRegistry> registries,
      ObjectProvider<MessageListenerContainer> beans) {
    Set<String> groups = new HashSet<>();
    Stream.concat(
            registries.stream().flatMap(registry -> registry.getListenerContainers().stream()),
            beans.stream())
        .filter(container -> !(container instanceof AbstractMessageListenerContainer<?, ?>))
        .map(MessageListenerContainer::getGroupId)
        .filter(Objects::nonNull)
        .forEach(groups::add);
    return groups;
  }

  private static KafkaOptions.Builder options(
      OnceOnlyKafkaProperties kafka, OnceOnlyClient client) {
    return kafka.applyTo(
        KafkaOptions.builder()
            .claimService(client.claimService())
            .pollBudget(kafka.getBudget())
            .maxHold(kafka.getMaxHold())
            .clusterAlias(kafka.getClusterAlias())
            .excludedTopics(kafka.getExcludedTopics()));
  }
}
