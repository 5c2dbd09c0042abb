package tech.onceonly.spring.boot;

import io.micrometer.observation.ObservationRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import tech.onceonly.GuardEvents;
import tech.onceonly.metrics.OnceOnlyObservations;

/** Observations of claims, where there is an observation registry. */
@AutoConfiguration(
    before = {OnceOnlyKafkaAutoConfiguration.class, OnceOnlyJmsAutoConfiguration.class})
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnProperty(prefix = "onceonly", name = "enabled", matchIfMissing = true)
public class OnceOnlyObservationAutoConfiguration {

  /** The registry is looked for when the first group is protected: its bean may come later. */
  @Bean
  GroupEvents onceOnlyObservations(ObjectProvider<ObservationRegistry> registry) {
    return group -> {
      ObservationRegistry found = registry.getIfUnique();
      return found == null ? GuardEvents.NONE : OnceOnlyObservations.of(found, group);
    };
  }
}
