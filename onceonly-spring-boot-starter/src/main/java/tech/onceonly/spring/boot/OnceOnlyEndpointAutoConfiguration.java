package tech.onceonly.spring.boot;

import java.util.List;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import tech.onceonly.client.OnceOnlyClient;

/** The Actuator endpoint {@code onceonly}; exposed, or not, as any other. */
@AutoConfiguration(
    after = {OnceOnlyKafkaAutoConfiguration.class, OnceOnlyJmsAutoConfiguration.class})
@ConditionalOnClass(Endpoint.class)
@ConditionalOnProperty(prefix = "onceonly", name = "enabled", matchIfMissing = true)
public class OnceOnlyEndpointAutoConfiguration {

  @Bean
  GroupCounts onceOnlyGroupCounts() {
    return new GroupCounts();
  }

  @Bean(destroyMethod = "close")
  @ConditionalOnBean(ProtectedListeners.class)
  @ConditionalOnMissingBean
  OnceOnlyEndpoint onceOnlyEndpoint(
      OnceOnlyProperties properties,
      OnceOnlyClient client,
      List<ProtectedListeners> listeners,
      GroupCounts counts) {
    return new OnceOnlyEndpoint(listeners, counts, new OperatorClient(properties, client));
  }
}
