package tech.onceonly.spring.boot;

import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.config.AbstractKafkaListenerContainerFactory;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;

/** The Actuator endpoint {@code onceonly}; exposed, or not, as any other. */
@AutoConfiguration(after = OnceOnlyKafkaAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, AbstractKafkaListenerContainerFactory.class})
@ConditionalOnProperty(prefix = "onceonly", name = "enabled", matchIfMissing = true)
public class OnceOnlyEndpointAutoConfiguration {

  @Bean
  GroupCounts onceOnlyGroupCounts() {
    return new GroupCounts();
  }

  @Bean(destroyMethod = "close")
  @ConditionalOnBean(OnceOnlySpringKafka.class)
  @ConditionalOnMissingBean
  OnceOnlyEndpoint onceOnlyEndpoint(
      OnceOnlyProperties properties,
      OnceOnlyClient client,
      OnceOnlySpringKafka onceOnly,
      GroupCounts counts) {
    return new OnceOnlyEndpoint(onceOnly, counts, new OperatorClient(properties, client));
  }
}
