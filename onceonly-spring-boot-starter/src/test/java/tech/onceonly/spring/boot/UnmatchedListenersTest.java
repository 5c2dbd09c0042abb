package tech.onceonly.spring.boot;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jms.config.DefaultJmsListenerContainerFactory;
import org.springframework.jms.config.JmsListenerEndpointRegistry;
import org.springframework.jms.config.SimpleJmsListenerEndpoint;
import org.springframework.kafka.annotation.EnableKafka;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.ConcurrentKafkaListenerContainerFactory;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.MessageListenerContainer;
import tech.onceonly.server.junit.OnceOnlyServerExtension;

/** Settings for a listener that is not there are told of, and none that are for one that is. */
class UnmatchedListenersTest {

  private static final String TOLD = "no listener has that id";

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private final PrintStream err = System.err;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final ApplicationContextRunner kafka =
      Contexts.at(server).withUserConfiguration(KafkaApplication.class);
  private final ApplicationContextRunner jms =
      Contexts.at(server)
          .withUserConfiguration(JmsApplication.class)
          .withPropertyValues("onceonly.jms.scope=shop");

  @BeforeEach
  void readTheLog() {
    System.setErr(new PrintStream(log, true, UTF_8));
  }

  @AfterEach
  void leaveTheLog() {
    System.setErr(err);
  }

  @Test
  void aMistypedIdIsWarnedOfWithTheIdsThatThereAre() {
    kafka
        .withPropertyValues("onceonly.kafka.listeners.paymets.mode=lease")
        .run(
            context -> {
              becomesReady(context);
              assertThat(told())
                  .contains("WARN")
                  .contains("onceonly.kafka.listeners names paymets, and " + TOLD)
                  .contains("that there are: emails, payments.")
                  .contains("onceonly.kafka.listeners[my.id].mode");
            });
    jms.withPropertyValues("onceonly.jms.listeners.paymets.enabled=false")
        .run(
            context -> {
              ready(context.getSourceApplicationContext());
              assertThat(told())
                  .contains("onceonly.jms.listeners names paymets, and " + TOLD)
                  .contains("that there are: payments.");
            });
  }

  @Test
  void whatIsThereIsNotWarnedOf() {
    kafka
        .withPropertyValues(
            "onceonly.kafka.listeners.payments.mode=lease",
            "onceonly.kafka.listeners.emails.enabled=false",
            "onceonly.kafka.strict=true")
        .run(UnmatchedListenersTest::becomesReady);
    jms.withPropertyValues(
            "onceonly.jms.listeners.payments.enabled=false", "onceonly.jms.strict=true")
        .run(UnmatchedListenersTest::becomesReady);
    assertThat(told()).doesNotContain(TOLD);
  }

  /** Its consumer is not made before it starts; and it is named by its group. */
  @Test
  void aShareGroupThatHasNotBegunIsThere() {
    kafka
        .withBean("shared", MessageListenerContainer.class, () -> container("claims"))
        .withPropertyValues(
            "onceonly.kafka.listeners.claims.mode=lease", "onceonly.kafka.strict=true")
        .run(
            context -> {
              becomesReady(context);
              assertThat(told()).doesNotContain(TOLD);
            });
  }

  @Test
  void aListenerThatIsRegisteredBeforeTheApplicationIsReadyIsNotWarnedOf() {
    jms.withPropertyValues("onceonly.jms.listeners.late.mode=lease")
        .run(
            context -> {
              SimpleJmsListenerEndpoint endpoint = new SimpleJmsListenerEndpoint();
              endpoint.setId("late");
              endpoint.setDestination("refunds");
              endpoint.setMessageListener(message -> {});
              context
                  .getBean(JmsListenerEndpointRegistry.class)
                  .registerListenerContainer(
                      endpoint, context.getBean(DefaultJmsListenerContainerFactory.class));
              ready(context.getSourceApplicationContext());
              assertThat(told()).doesNotContain(TOLD);
            });
  }

  @Test
  void strictRefusesBeforeAnyListenerBegins() {
    kafka
        .withPropertyValues(
            "onceonly.kafka.listeners.paymets.mode=lease", "onceonly.kafka.strict=true")
        .run(
            context -> {
              assertThat(context).hasFailed();
              assertThat(Contexts.refusal(context.getStartupFailure()))
                  .contains("onceonly.kafka.listeners names paymets, and " + TOLD)
                  .contains("that there are: emails, payments.")
                  .contains("strict=false");
            });
    jms.withPropertyValues(
            "onceonly.jms.listeners.paymets.subscription=all", "onceonly.jms.strict=true")
        .run(
            context -> {
              assertThat(context).hasFailed();
              assertThat(Contexts.refusal(context.getStartupFailure()))
                  .contains("onceonly.jms.listeners names paymets, and " + TOLD);
            });
  }

  /** As a share group's container, which older versions of Spring Kafka do not have. */
  private static MessageListenerContainer container(String group) {
    return (MessageListenerContainer)
        Proxy.newProxyInstance(
            UnmatchedListenersTest.class.getClassLoader(),
            new Class<?>[] {MessageListenerContainer.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getGroupId" -> group;
                  case "isAutoStartup", "isRunning", "isPauseRequested" -> false;
                  case "equals" -> proxy == arguments[0];
                  case "hashCode", "getPhase" -> 1;
                  default -> null;
                });
  }

  private String told() {
    return log.toString(UTF_8);
  }

  private static void becomesReady(AssertableApplicationContext context) {
    assertThat(context).hasNotFailed();
    ready(context.getSourceApplicationContext());
  }

  private static void ready(ConfigurableApplicationContext context) {
    context.publishEvent(
        new ApplicationReadyEvent(new SpringApplication(), new String[0], context, Duration.ZERO));
  }

  /** Its containers do not start by themselves, and there is no broker. */
  @Configuration(proxyBeanMethods = false)
  @EnableKafka
  static class KafkaApplication {

    @Bean
    ConcurrentKafkaListenerContainerFactory<String, String> kafkaListenerContainerFactory() {
      ConcurrentKafkaListenerContainerFactory<String, String> factory =
          new ConcurrentKafkaListenerContainerFactory<>();
      factory.setConsumerFactory(new DefaultKafkaConsumerFactory<>(Map.of()));
      factory.setAutoStartup(false);
      return factory;
    }

    @KafkaListener(id = "payments", topics = "payments")
    void pay(ConsumerRecord<String, String> payment) {}

    @KafkaListener(id = "emails", topics = "emails")
    void mail(ConsumerRecord<String, String> email) {}
  }
}
