package tech.onceonly.spring.boot;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.jms.config.JmsListenerEndpointRegistry;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.jms.DuplicateRequestHandler;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.jms.spring.OnceOnlyJmsContainerPostProcessor;
import tech.onceonly.jms.spring.OnceOnlySpringJms;

/**
 * Protects every {@code @JmsListener}, and every JMS listener container that is a bean. A bean of
 * type {@link DuplicateRequestHandler} has requests claimed too.
 */
@AutoConfiguration(after = OnceOnlyAutoConfiguration.class)
@ConditionalOnClass({JmsListenerEndpointRegistry.class, OnceOnlySpringJms.class})
@ConditionalOnProperty(
    prefix = "onceonly",
    name = {"enabled", "jms.enabled"},
    matchIfMissing = true)
@EnableConfigurationProperties(OnceOnlyJmsProperties.class)
public class OnceOnlyJmsAutoConfiguration {

  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  OnceOnlySpringJms onceOnlySpringJms(
      OnceOnlyJmsProperties jms,
      OnceOnlyClient client,
      ObjectProvider<DuplicateRequestHandler> duplicateRequests,
      ObjectProvider<GroupEvents> events) {
    OnceOnlySpringJms.Builder builder =
        OnceOnlySpringJms.builder(
                () -> options(jms, client).duplicateRequests(duplicateRequests.getIfAvailable()))
            .strict(jms.isStrict())
            .events(GroupEvents.all(events));
    jms.getListeners().forEach((id, listener) -> apply(listener, id, builder));
    return builder.build();
  }

  @Bean
  ProtectedListeners onceOnlyJmsListeners(OnceOnlySpringJms onceOnly) {
    return new ProtectedListeners(
        onceOnly::refusals, onceOnly::isFinishedHere, onceOnly::forgetFinished);
  }

  @Bean
  UnmatchedListeners onceOnlyJmsUnmatchedListeners(
      OnceOnlySpringJms onceOnly, OnceOnlyJmsProperties jms) {
    return new UnmatchedListeners(
        "onceonly.jms.listeners", jms.isStrict(), onceOnly::unmatchedIds, onceOnly::listenerIds);
  }

  @Bean
  static OnceOnlyJmsContainerPostProcessor onceOnlyJmsContainerPostProcessor(
      ObjectProvider<OnceOnlySpringJms> onceOnly) {
    return new OnceOnlyJmsContainerPostProcessor(onceOnly::getObject);
  }

  private static void apply(
      OnceOnlyJmsProperties.Listener listener, String id, OnceOnlySpringJms.Builder builder) {
    if (listener.isOff()) {
      builder.without(id);
      return;
    }
    builder.listener(id, listener::applyTo);
    String subscription = listener.getSubscription();
    if (subscription != null) {
      builder.subscription(id, subscription);
    }
  }

  /** Asked for each listener that is protected, and for none where there is none. */
  private static JmsOptions.Builder options(OnceOnlyJmsProperties jms, OnceOnlyClient client) {
    String scope = jms.getScope();
    if (scope == null || scope.isBlank()) {
      throw new StartRefusedException(
          "There are JMS listeners to protect, and nobody says whose effects theirs are: a scope is"
              + " part of every key, and has no default.",
          "Set the property onceonly.jms.scope to a name of the application that all its instances"
              + " share. To leave a listener out, set onceonly.jms.listeners.<id>.enabled=false; all"
              + " of JMS, onceonly.jms.enabled=false.",
          null);
    }
    return jms.applyTo(
        JmsOptions.builder()
            .claimService(client.claimService())
            .claimBudget(jms.getBudget())
            .maxHold(jms.getMaxHold())
            .maxWait(jms.getMaxWait())
            .temporaryDestinations(jms.isTemporaryDestinations()));
  }
}
