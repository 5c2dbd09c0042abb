package tech.onceonly.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.endpoint.InvocationContext;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.invoke.convert.ConversionServiceParameterValueMapper;
import org.springframework.boot.actuate.endpoint.jmx.JmxOperation;
import org.springframework.boot.actuate.endpoint.jmx.annotation.JmxEndpointDiscoverer;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;
import org.springframework.kafka.listener.MessageListener;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;

/** Called as Boot calls it, on each line of Boot. */
class OnceOnlyEndpointTest {

  private final OnceOnlyServer server =
      OnceOnlyServer.start(ServerOptions.builder().apiKey("app").adminKey("operator").build());
  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withUserConfiguration(Application.class)
          .withPropertyValues("onceonly.api-key=app", "onceonly.base-url=" + server.baseUrl());

  @EnableAutoConfiguration
  static class Application {}

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void withoutParametersItShowsTheCountsOfEachGroup() {
    runner.run(
        context -> {
          deliver(context, "a");
          assertThat(call(context, "read", Map.of()).getBody())
              .containsEntry("refusals", Map.of())
              .extractingByKey("groups")
              .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
              .containsEntry("payments", Map.of("decision.process", 1L, "settled.succeeded", 1L));
        });
  }

  @Test
  void aReleasedKeyRunsAgain() {
    runner
        .withPropertyValues("onceonly.admin-api-key=operator")
        .run(
            context -> {
              assertThat(deliver(context, "a")).isEqualTo(1);
              assertThat(deliver(context, "a")).isZero();
              String key = onlyKey(context);
              assertThat(call(context, "read", Map.of("key", key)).getBody())
                  .containsEntry("held", true)
                  .containsEntry("finishedHere", true);

              assertThat(call(context, "release", Map.of("key", key)).getStatus()).isEqualTo(200);

              assertThat(call(context, "read", Map.of("key", key)).getBody())
                  .containsEntry("held", false)
                  .containsEntry("finishedHere", false);
              assertThat(deliver(context, "a")).isEqualTo(1);
            });
  }

  @Test
  void anotherProcessForgetsAReleasedKeyWithoutAskingTheService() {
    runner
        .withPropertyValues("onceonly.admin-api-key=operator")
        .run(
            context -> {
              deliver(context, "a");
              String key = onlyKey(context);
              call(context, "release", Map.of("key", key, "local", true));
              assertThat(call(context, "read", Map.of("key", key)).getBody())
                  .containsEntry("held", true)
                  .containsEntry("finishedHere", false);
            });
  }

  @Test
  void theKeysOfJmsListenersAreShownAndReleasedToo() {
    runner
        .withUserConfiguration(JmsApplication.class)
        .withPropertyValues("onceonly.jms.scope=shop", "onceonly.admin-api-key=operator")
        .run(
            context -> {
              JmsApplication.deliver(context, "payments", "a", "a");
              assertThat(call(context, "read", Map.of()).getBody())
                  .extractingByKey("groups")
                  .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                  .extractingByKey("shop")
                  .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                  .containsEntry("decision.process", 1L);
              String key = "shop:1:payments:header.Idempotency_Key:a";
              assertThat(call(context, "read", Map.of("key", key)).getBody())
                  .containsEntry("held", true)
                  .containsEntry("finishedHere", true);

              call(context, "release", Map.of("key", key));

              assertThat(call(context, "read", Map.of("key", key)).getBody())
                  .containsEntry("held", false)
                  .containsEntry("finishedHere", false);
              JmsApplication.deliver(context, "payments", "a");
              assertThat(JmsApplication.log(context)).containsExactly("a", "a");
            });
  }

  @Test
  void withoutTheAdminRoleItSaysSoAndForgetsNothing() {
    runner.run(
        context -> {
          deliver(context, "a");
          WebEndpointResponse<Map<String, Object>> answer =
              call(context, "release", Map.of("key", "payments:1:x"));
          assertThat(answer.getStatus()).isEqualTo(404);
          assertThat(answer.getBody().get("error")).asString().contains("--admin-key");
          assertThat(deliver(context, "a")).isZero();
        });
  }

  @Test
  void aKeyThatIsNoneIsABadRequest() {
    runner.run(
        context -> assertThat(call(context, "read", Map.of("key", "")).getStatus()).isEqualTo(400));
  }

  private static String onlyKey(ApplicationContext context) {
    Object keys = call(context, "read", Map.of("prefix", "payments:")).getBody().get("keys");
    assertThat((List<?>) keys).hasSize(1);
    return (String) ((List<?>) keys).get(0);
  }

  /** How often the listener ran. */
  private static int deliver(ApplicationContext context, String key) {
    OnceOnlySpringKafka onceOnly = context.getBean(OnceOnlySpringKafka.class);
    int[] ran = {0};
    ContainerProperties properties = new ContainerProperties("orders");
    properties.setGroupId("payments");
    properties.setMessageListener((MessageListener<String, String>) record -> ran[0]++);
    var container =
        new KafkaMessageListenerContainer<>(
            new DefaultKafkaConsumerFactory<String, String>(Map.of()), properties);
    onceOnly.protect(container);
    ConsumerRecord<String, String> record = new ConsumerRecord<>("orders", 0, 7, "k", "v");
    record.headers().add("Idempotency-Key", key.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    @SuppressWarnings("unchecked")
    var listener =
        (MessageListener<String, String>) container.getContainerProperties().getMessageListener();
    listener.onMessage(record);
    return ran[0];
  }

  @SuppressWarnings("unchecked")
  private static WebEndpointResponse<Map<String, Object>> call(
      ApplicationContext context, String operation, Map<String, Object> arguments) {
    JmxEndpointDiscoverer discoverer =
        new JmxEndpointDiscoverer(
            context, new ConversionServiceParameterValueMapper(), List.of(), List.of(), List.of());
    JmxOperation found =
        discoverer.getEndpoints().stream()
            .filter(endpoint -> endpoint.getEndpointId().toString().equals("onceonly"))
            .flatMap(endpoint -> endpoint.getOperations().stream())
            .filter(each -> each.getName().equals(operation))
            .findFirst()
            .orElseThrow();
    return (WebEndpointResponse<Map<String, Object>>)
        found.invoke(new InvocationContext(SecurityContext.NONE, arguments));
  }
}
