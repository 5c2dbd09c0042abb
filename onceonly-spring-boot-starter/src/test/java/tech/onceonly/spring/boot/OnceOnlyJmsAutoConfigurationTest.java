package tech.onceonly.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.jms.ConnectionFactory;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.jms.annotation.EnableJms;
import org.springframework.jms.annotation.JmsListener;
import org.springframework.jms.config.DefaultJmsListenerContainerFactory;
import org.springframework.jms.config.JmsListenerEndpointRegistry;
import org.springframework.jms.config.SimpleJmsListenerEndpoint;
import org.springframework.jms.listener.AbstractMessageListenerContainer;
import tech.onceonly.GuardEvents;
import tech.onceonly.GuardOptions.NoKey;
import tech.onceonly.Mode;
import tech.onceonly.jms.spring.OnceOnlySpringJms;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;
import tech.onceonly.server.junit.OnceOnlyServerExtension;

/** Without a broker: what listeners are handed stands for what it delivers. */
class OnceOnlyJmsAutoConfigurationTest {

  private static final String SCOPE = "onceonly.jms.scope=shop";

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private final ApplicationContextRunner runner =
      Contexts.at(server).withUserConfiguration(Listeners.class);

  @Test
  void threePropertiesProtectEveryListener() {
    runner
        .withPropertyValues(SCOPE)
        .run(
            context -> {
              deliver(context, "payments", "a", "a", "b");
              assertThat(log(context)).containsExactly("a", "b");
              server.assertClaimedOnce("shop:1:payments:header.Idempotency_Key:a");
            });
  }

  @Test
  void aListenerThatIsRegisteredLateIsProtectedToo() {
    runner
        .withPropertyValues(SCOPE)
        .run(
            context -> {
              int[] ran = {0};
              SimpleJmsListenerEndpoint endpoint = new SimpleJmsListenerEndpoint();
              endpoint.setId("late");
              endpoint.setDestination("refunds");
              endpoint.setMessageListener(message -> ran[0]++);
              context
                  .getBean(JmsListenerEndpointRegistry.class)
                  .registerListenerContainer(
                      endpoint, context.getBean(DefaultJmsListenerContainerFactory.class));
              deliver(context, "late", "a", "a");
              assertThat(ran[0]).isEqualTo(1);
            });
  }

  @Test
  void withoutAScopeTheStartFailsAndNamesTheProperty() {
    runner.run(
        context -> {
          assertThat(context).hasFailed();
          assertThat(Contexts.refusal(context.getStartupFailure()))
              .contains("onceonly.jms.scope")
              .contains("onceonly.jms.enabled=false");
        });
  }

  @Test
  void withoutAnyListenerNobodyAsksForAScope() {
    Contexts.at(server)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context).hasSingleBean(OnceOnlySpringKafka.class);
            });
    runner
        .withPropertyValues("onceonly.jms.listeners.payments.enabled=false")
        .run(
            context -> {
              deliver(context, "payments", "a", "a");
              assertThat(log(context)).containsExactly("a", "a");
            });
  }

  @Test
  void switchedOffListenersRunWithoutAClaim() {
    for (String off : List.of("onceonly.enabled=false", "onceonly.jms.enabled=false")) {
      runner
          .withPropertyValues(off)
          .run(
              context -> {
                assertThat(context).doesNotHaveBean(OnceOnlySpringJms.class);
                deliver(context, "payments", "a", "a");
                assertThat(log(context)).containsExactly("a", "a");
              });
    }
    server.assertNoClaim();
  }

  @Test
  void withoutTheLibraryForJmsItsListenersAreLeftAlone() {
    runner
        .withClassLoader(new FilteredClassLoader(OnceOnlySpringJms.class))
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context).doesNotHaveBean(OnceOnlySpringJms.class);
            });
  }

  @Test
  void aListenerThatCannotBeProtectedFailsTheStartAndNamesThePropertyThatLeavesItOut() {
    runner
        .withPropertyValues(SCOPE, "onceonly.jms.strict=true", "unsafe=true")
        .run(
            context -> {
              assertThat(context).hasFailed();
              var analysis =
                  new UnprotectableListenerAnalyzer().analyze(context.getStartupFailure());
              assertThat(analysis).isNotNull();
              assertThat(analysis.getDescription()).contains("payments", "sessionTransacted=true");
              assertThat(analysis.getAction()).contains("onceonly.jms.listeners.payments.enabled");
            });
  }

  @Test
  void aTopicsListenerIsGivenItsSubscriptionByAProperty() {
    ApplicationContextRunner topic = runner.withPropertyValues(SCOPE, "topic=true");
    topic.run(
        context ->
            assertThat(context)
                .getFailure()
                .hasMessageContaining("the setting subscription of this listener"));
    topic
        .withPropertyValues("onceonly.jms.listeners.payments.subscription=all")
        .run(
            context -> {
              deliver(context, "payments", "a");
              server.assertClaimedOnce("shop:1:payments%3A%3Aall:header.Idempotency_Key:a");
            });
  }

  @Test
  void aListenerDiffersByItsId() {
    runner
        .withPropertyValues(
            SCOPE,
            "onceonly.jms.generation=7",
            "onceonly.jms.listeners.payments.scope=payments",
            "onceonly.jms.listeners.payments.mode=lease")
        .run(
            context -> {
              deliver(context, "payments", "a");
              server.assertCompleted("payments:7:payments:header.Idempotency_Key:a");
            });
  }

  @Test
  void propertiesAreBound() {
    runner
        .withPropertyValues(
            SCOPE,
            "onceonly.jms.mode=lease",
            "onceonly.jms.lease-ttl=90s",
            "onceonly.jms.no-key=refuse",
            "onceonly.jms.max-wait=5s",
            "onceonly.jms.temporary-destinations=true",
            "onceonly.jms.listeners.emails.mode=check-lock",
            "onceonly.jms.listeners.emails.ttl=7d")
        .run(
            context -> {
              OnceOnlyJmsProperties jms = context.getBean(OnceOnlyJmsProperties.class);
              assertThat(jms.getMode()).isEqualTo(Mode.LEASE);
              assertThat(jms.getLeaseTtl()).isEqualTo(Duration.ofSeconds(90));
              assertThat(jms.getNoKey()).isEqualTo(NoKey.REFUSE);
              assertThat(jms.getMaxWait()).isEqualTo(Duration.ofSeconds(5));
              assertThat(jms.isTemporaryDestinations()).isTrue();
              OnceOnlyJmsProperties.Listener emails = jms.getListeners().get("emails");
              assertThat(emails.getMode()).isEqualTo(Mode.CHECK_LOCK);
              assertThat(emails.getTtl()).isEqualTo(Duration.ofDays(7));
            });
  }

  @Test
  void aProtectionOfTheApplicationsOwnComesFirst() {
    runner
        .withBean(
            OnceOnlySpringJms.class,
            () ->
                OnceOnlySpringJms.builder(
                        () -> {
                          throw new AssertionError("not asked");
                        })
                    .without("payments")
                    .build())
        .run(
            context -> {
              deliver(context, "payments", "a", "a");
              assertThat(log(context)).containsExactly("a", "a");
            });
  }

  @Test
  void whoHearsOfGroupsHearsOfScopes() {
    List<String> groups = new ArrayList<>();
    runner
        .withBean(
            GroupEvents.class,
            () ->
                group -> {
                  groups.add(group);
                  return GuardEvents.NONE;
                })
        .withPropertyValues(SCOPE)
        .run(context -> assertThat(groups).containsExactly("shop"));
  }

  private static void deliver(ApplicationContext context, String id, String... keys)
      throws Exception {
    var container =
        (AbstractMessageListenerContainer)
            context.getBean(JmsListenerEndpointRegistry.class).getListenerContainer(id);
    for (String key : keys) {
      ((MessageListener) container.getMessageListener()).onMessage(message(key));
    }
  }

  private static List<String> log(ApplicationContext context) {
    return context.getBean(Listeners.class).log;
  }

  private static Message message(String key) {
    return (Message)
        Proxy.newProxyInstance(
            OnceOnlyJmsAutoConfigurationTest.class.getClassLoader(),
            new Class<?>[] {TextMessage.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getStringProperty" -> arguments[0].equals("Idempotency_Key") ? key : null;
                  case "getText" -> key;
                  default -> null;
                });
  }

  @Configuration(proxyBeanMethods = false)
  @EnableJms
  static class Listeners {

    final List<String> log = new ArrayList<>();

    @Bean
    DefaultJmsListenerContainerFactory jmsListenerContainerFactory(Environment environment) {
      DefaultJmsListenerContainerFactory factory = new DefaultJmsListenerContainerFactory();
      factory.setConnectionFactory(
          (ConnectionFactory)
              Proxy.newProxyInstance(
                  getClass().getClassLoader(),
                  new Class<?>[] {ConnectionFactory.class},
                  (proxy, method, arguments) -> null));
      factory.setAutoStartup(false);
      // Settled when the listener returns: nobody commits here.
      factory.setSessionAcknowledgeMode(
          environment.containsProperty("unsafe")
              ? Session.AUTO_ACKNOWLEDGE
              : Session.CLIENT_ACKNOWLEDGE);
      factory.setPubSubDomain(environment.containsProperty("topic"));
      return factory;
    }

    @JmsListener(id = "payments", destination = "payments")
    void pay(String payment) {
      log.add(payment);
    }
  }
}
