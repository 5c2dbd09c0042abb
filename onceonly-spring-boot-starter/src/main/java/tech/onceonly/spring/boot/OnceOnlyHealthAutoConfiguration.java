package tech.onceonly.spring.boot;

import java.util.List;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Health, for Spring Boot 4: its classes stand elsewhere in Boot 3. */
@AutoConfiguration(
    after = {OnceOnlyKafkaAutoConfiguration.class, OnceOnlyJmsAutoConfiguration.class})
@ConditionalOnClass(HealthIndicator.class)
public class OnceOnlyHealthAutoConfiguration {

  @Bean
  @ConditionalOnBean(ProtectedListeners.class)
  @ConditionalOnMissingBean(name = "onceOnlyHealthIndicator")
  HealthIndicator onceOnlyHealthIndicator(List<ProtectedListeners> listeners) {
    return new RefusalHealth(listeners);
  }
}
