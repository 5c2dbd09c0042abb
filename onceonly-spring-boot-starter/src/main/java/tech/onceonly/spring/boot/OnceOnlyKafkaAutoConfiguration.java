package tech.onceonly.spring.boot;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.config.AbstractKafkaListenerContainerFactory;
import tech.onceonly.GuardEvents;
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
public class OnceOnlyKafkaAutoConfiguration {

  /** Hears of the decisions of each group; any number of such beans. */
  @FunctionalInterface
  public interface GroupEvents extends Function<String, GuardEvents> {}

  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  OnceOnlySpringKafka onceOnlySpringKafka(
      OnceOnlyProperties properties, OnceOnlyClient client, ObjectProvider<GroupEvents> events) {
    OnceOnlyProperties.Kafka kafka = properties.getKafka();
    List<GroupEvents> listeners = events.orderedStream().toList();
    OnceOnlySpringKafka.Builder builder =
        OnceOnlySpringKafka.builder(() -> options(kafka, client))
            .onRefusal(kafka.getOnRefusal())
            .refusalRetry(kafka.getRefusalRetry())
            .events(group -> all(listeners, group));
    kafka
        .getListeners()
        .forEach(
            (id, listener) -> {
              if (Boolean.FALSE.equals(listener.getEnabled())) {
                builder.without(id);
              } else {
                builder.listener(id, listener::applyTo);
              }
            });
    return builder.build();
  }

  @Bean
  static OnceOnlyContainerPostProcessor onceOnlyContainerPostProcessor(
      ObjectProvider<OnceOnlySpringKafka> onceOnly) {
    return new OnceOnlyContainerPostProcessor(onceOnly::getObject);
  }

  private static KafkaOptions.Builder options(
      OnceOnlyProperties.Kafka kafka, OnceOnlyClient client) {
    return kafka.applyTo(
        KafkaOptions.builder()
            .claimService(client.claimService())
            .pollBudget(kafka.getBudget())
            .maxHold(kafka.getMaxHold())
            .clusterAlias(kafka.getClusterAlias())
            .excludedTopics(kafka.getExcludedTopics()));
  }

  private static GuardEvents all(List<GroupEvents> listeners, String group) {
    List<GuardEvents> each = new ArrayList<>();
    listeners.forEach(listener -> each.add(listener.apply(group)));
    return GuardEvents.all(each.toArray(GuardEvents[]::new));
  }
}
