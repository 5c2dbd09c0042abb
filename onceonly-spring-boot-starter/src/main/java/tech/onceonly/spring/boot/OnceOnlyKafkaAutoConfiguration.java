package tech.onceonly.spring.boot;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.config.AbstractKafkaListenerContainerFactory;
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
  static OnceOnlyContainerPostProcessor onceOnlyContainerPostProcessor(
      ObjectProvider<OnceOnlySpringKafka> onceOnly) {
    return new OnceOnlyContainerPostProcessor(onceOnly::getObject);
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
