package tech.onceonly.spring.boot;

import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.spring.Idempotent;

/** Claims the calls of methods with {@link Idempotent}, where there is a client. */
@AutoConfiguration(after = OnceOnlyAutoConfiguration.class)
@ConditionalOnBean(OnceOnlyClient.class)
@ConditionalOnProperty(
    prefix = "onceonly",
    name = {"enabled", "idempotent.enabled"},
    matchIfMissing = true)
@Import(ClaimProxies.class)
public class OnceOnlyIdempotentAutoConfiguration {

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static IdempotentMethods onceOnlyIdempotentMethods(
      ConfigurableListableBeanFactory beans,
      ObjectProvider<OnceOnlyProperties> properties,
      ObjectProvider<OnceOnlyClient> client) {
    return new IdempotentMethods(beans, properties::getObject, client::getObject);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static DefaultPointcutAdvisor onceOnlyIdempotentAdvisor(
      IdempotentMethods methods, Environment environment) {
    DefaultPointcutAdvisor advisor =
        new DefaultPointcutAdvisor(
            new AnnotationMatchingPointcut(null, Idempotent.class, true), methods);
    // From the environment: advice is made before properties are bound.
    advisor.setOrder(
        environment.getProperty(
            "onceonly.idempotent.order", Integer.class, IdempotentProperties.DEFAULT_ORDER));
    return advisor;
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static IdempotentBeans onceOnlyIdempotentBeans(
      IdempotentMethods methods, Environment environment) {
    return new IdempotentBeans(methods, ClaimProxies.extendClasses(environment));
  }
}
