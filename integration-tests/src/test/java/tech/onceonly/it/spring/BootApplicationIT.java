package tech.onceonly.it.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.ScriptedApi;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/** An application as a newcomer writes it: one listener, and two properties of ours. */
@ExtendWith(WithBroker.class)
class BootApplicationIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static OnceOnlyServer server;

  @BeforeAll
  static void start() {
    server = OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey("it-key").build());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void oneDependencyAndTwoPropertiesProtectAListener(KafkaBroker broker, Topics topics) {
    topics.create("boot-payments", 1);
    topics.produceKeyed("boot-payments", "a", "b", "a", "c", "b");
    try (ConfigurableApplicationContext context =
        run(broker, "topic=boot-payments", "onceonly.base-url=" + server.baseUrl())) {
      PaymentListener listener = context.getBean(PaymentListener.class);
      await()
          .atMost(PATIENCE)
          .until(() -> topics.uncommitted("boot-payments-group", "boot-payments") == 0);
      assertThat(listener.effects).isEqualTo(Map.of("a", 1, "b", 1, "c", 1));
    }
  }

  @Test
  void aRefusalShowsInHealthAndLosesNothing(KafkaBroker broker, Topics topics) {
    topics.create("boot-refused", 1);
    try (ScriptedApi api = ScriptedApi.start(server.baseUrl().getHost(), server.port());
        ConfigurableApplicationContext context =
            run(broker, "topic=boot-refused", "onceonly.base-url=" + api.baseUrl())) {
      HealthIndicator health = context.getBean("onceOnlyHealthIndicator", HealthIndicator.class);
      assertThat(health.health().getStatus()).isEqualTo(Status.UP);
      api.answer(402, "{\"detail\": \"used up\"}", Map.of());
      topics.produceKeyed("boot-refused", "a", "b");
      await().atMost(PATIENCE).until(() -> health.health().getStatus().equals(Status.DOWN));
      assertThat(health.health().getDetails()).containsKey("payments");
      var container =
          context.getBean(KafkaListenerEndpointRegistry.class).getListenerContainer("payments");
      await().atMost(PATIENCE).until(() -> !container.isChildRunning());
      PaymentListener listener = context.getBean(PaymentListener.class);
      assertThat(listener.effects).isEmpty();
      api.forward();
      container.start();
      await().atMost(PATIENCE).until(() -> listener.effects.equals(Map.of("a", 1, "b", 1)));
      assertThat(health.health().getStatus()).isEqualTo(Status.UP);
    }
  }

  private static ConfigurableApplicationContext run(KafkaBroker broker, String... properties) {
    return new SpringApplicationBuilder(Application.class)
        .web(WebApplicationType.NONE)
        .properties(
            "onceonly.api-key=it-key",
            "spring.kafka.bootstrap-servers=" + broker.bootstrapServers(),
            "spring.kafka.consumer.auto-offset-reset=earliest",
            "spring.main.banner-mode=off")
        .properties(properties)
        .run();
  }

  @EnableAutoConfiguration
  static class Application {

    @org.springframework.context.annotation.Bean
    PaymentListener paymentListener() {
      return new PaymentListener();
    }
  }

  static class PaymentListener {

    final Map<String, Integer> effects = new ConcurrentHashMap<>();

    @KafkaListener(id = "payments", topics = "${topic}", groupId = "${topic}-group")
    void pay(String payment) {
      effects.merge(payment, 1, Integer::sum);
    }
  }
}
