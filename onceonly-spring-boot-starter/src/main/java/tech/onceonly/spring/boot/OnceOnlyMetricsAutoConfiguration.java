package tech.onceonly.spring.boot;

import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import tech.onceonly.GuardEvents;
import tech.onceonly.metrics.OnceOnlyMetrics;

/** Meters by group, destination and outcome, where there is a meter registry. */
@AutoConfiguration(
    before = {OnceOnlyKafkaAutoConfiguration.class, OnceOnlyJmsAutoConfiguration.class})
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnProperty(prefix = "onceonly", name = "enabled", matchIfMissing = true)
public class OnceOnlyMetricsAutoConfiguration {

  /** The registry is looked for when the first group is protected: its bean may come later. */
  @Bean
  GroupEvents onceOnlyMeters(ObjectProvider<MeterRegistry> registry) {
    return group -> {
      MeterRegistry found = registry.getIfUnique();
      return found == null ? GuardEvents.NONE : OnceOnlyMetrics.bindTo(found, group);
    };
  }
}
