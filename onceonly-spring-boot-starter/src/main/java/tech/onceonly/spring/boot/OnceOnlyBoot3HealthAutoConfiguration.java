package tech.onceonly.spring.boot;

import java.util.List;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Health, for Spring Boot 3: its classes stand elsewhere in Boot 4. */
@AutoConfiguration(
    after = {OnceOnlyKafkaAutoConfiguration.class, OnceOnlyJmsAutoConfiguration.class})
@ConditionalOnClass(HealthIndicator.class)
public class OnceOnlyBoot3HealthAutoConfiguration {

  @Bean
  @ConditionalOnBean(ProtectedListeners.class)
  @ConditionalOnMissingBean(name = "onceOnlyHealthIndicator")
  HealthIndicator onceOnlyHealthIndicator(List<ProtectedListeners> listeners) {
    return new Boot3RefusalHealth(listeners);
  }
}
