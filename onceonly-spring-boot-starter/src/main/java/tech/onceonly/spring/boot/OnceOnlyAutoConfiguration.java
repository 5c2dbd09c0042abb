package tech.onceonly.spring.boot;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import tech.onceonly.client.OnceOnlyClient;

/**
 * The client of the OnceOnly API, one for the application, from {@code onceonly.api-key} and {@code
 * onceonly.base-url}. A bean of the application's own comes first.
 */
@AutoConfiguration
@ConditionalOnProperty(prefix = "onceonly", name = "enabled", matchIfMissing = true)
@EnableConfigurationProperties(OnceOnlyProperties.class)
public class OnceOnlyAutoConfiguration {

  /** Closed with the context, after the containers that use it. */
  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  OnceOnlyClient onceOnlyClient(OnceOnlyProperties properties) {
    return StartCheck.client(properties);
  }
}
