package tech.onceonly.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.kafka.config.ContainerCustomizer;
import org.springframework.kafka.listener.AfterRollbackProcessor;
import org.springframework.kafka.listener.BatchInterceptor;
import org.springframework.kafka.listener.CommonErrorHandler;
import org.springframework.kafka.listener.RecordInterceptor;
import org.springframework.kafka.listener.adapter.RecordFilterStrategy;
import tech.onceonly.Decision;
import tech.onceonly.Delivery;
import tech.onceonly.Mode;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.kafka.spring.OnRefusal;
import tech.onceonly.kafka.spring.OnceOnlyContainerPostProcessor;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;

class OnceOnlyAutoConfigurationTest {

  private static final String NOBODY = "onceonly.base-url=http://127.0.0.1:1";

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          // Found as an application finds them, with whatever else this line of Boot brings.
          .withUserConfiguration(Application.class);

  @EnableAutoConfiguration
  static class Application {}

  @Test
  void itRunsOnTheLineOfBootThatItIsMeantToRunOn() {
    assertThat(SpringBootVersion.getVersion()).isEqualTo(System.getProperty("spring-boot.version"));
  }

  @Test
  void twoPropertiesAreEnough() {
    runner
        .withPropertyValues("onceonly.api-key=secret", NOBODY)
        .run(
            context -> {
              assertThat(context).hasSingleBean(OnceOnlyClient.class);
              assertThat(context).hasSingleBean(OnceOnlySpringKafka.class);
              assertThat(context).hasSingleBean(OnceOnlyContainerPostProcessor.class);
              // An expression, since its type stands elsewhere in each line of Boot.
              assertThat(
                      new SpelExpressionParser()
                          .parseExpression("health().status.code")
                          .getValue(context.getBean("onceOnlyHealthIndicator")))
                  .isEqualTo("UP");
            });
  }

  @Test
  void nothingIsPublishedThatBootTakesOnlyWhereItIsTheOne() {
    runner
        .withPropertyValues("onceonly.api-key=secret", NOBODY)
        .run(
            context ->
                List.of(
                        RecordInterceptor.class,
                        BatchInterceptor.class,
                        RecordFilterStrategy.class,
                        CommonErrorHandler.class,
                        AfterRollbackProcessor.class,
                        ContainerCustomizer.class)
                    .forEach(type -> assertThat(context).doesNotHaveBean(type)));
  }

  @Test
  void withoutAKeyTheStartFailsAndNamesTheProperty() {
    runner.run(
        context -> {
          assertThat(context).hasFailed();
          FailureAnalysis analysis = analyze(context.getStartupFailure());
          assertThat(analysis.getDescription()).contains("no API key");
          assertThat(analysis.getAction()).contains("onceonly.api-key");
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"trust", "key"})
  void aStoreThatCanNotBeReadFailsTheStartAndNamesTheProperty(String store) {
    String prefix = "onceonly.%s-store.".formatted(store);
    runner
        .withPropertyValues(
            "onceonly.api-key=secret",
            NOBODY,
            prefix + "location=missing.pem",
            prefix + "type=pem",
            prefix + "password=very-secret")
        .run(
            context -> {
              assertThat(context).hasFailed();
              FailureAnalysis analysis = analyze(context.getStartupFailure());
              assertThat(analysis.getDescription())
                  .contains("missing.pem", "PEM", "The " + store + " store")
                  .doesNotContain("very-secret");
              assertThat(analysis.getAction()).contains("onceonly." + store + "-store.*");
            });
  }

  @Test
  void aRefusalAtTheStartFailsItAndNamesTheMend() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = "{\"detail\":\"unknown key\"}".getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(401, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    String baseUrl = "onceonly.base-url=http://127.0.0.1:" + server.getAddress().getPort();
    try {
      runner
          .withPropertyValues("onceonly.api-key=very-secret", baseUrl)
          .run(
              context -> {
                assertThat(context).hasFailed();
                FailureAnalysis analysis = analyze(context.getStartupFailure());
                assertThat(analysis.getDescription())
                    .contains("refused")
                    .doesNotContain("very-secret");
                assertThat(analysis.getAction()).contains("onceonly.api-key");
              });
      runner
          .withPropertyValues(
              "onceonly.api-key=very-secret", baseUrl, "onceonly.check-on-start=false")
          .run(context -> assertThat(context).hasNotFailed());
    } finally {
      server.stop(0);
    }
  }

  /** What an application on Boot 3.5 gets that has not set the version. */
  @Test
  void anOlderNettyFailsTheStartAndNamesThePropertyOfTheBuild() {
    assertThatThrownBy(
            () ->
                StartCheck.loaded(
                    () -> {
                      throw new NoClassDefFoundError(
                          "io/netty/channel/MultiThreadIoEventLoopGroup");
                    }))
        .satisfies(
            failure -> {
              FailureAnalysis analysis = analyze(failure);
              assertThat(analysis.getDescription()).contains("io/netty/channel");
              assertThat(analysis.getAction()).contains("netty.version", "4.2");
            });
  }

  @Test
  void switchedOffThereIsNothing() {
    runner
        .withPropertyValues("onceonly.enabled=false")
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context).doesNotHaveBean(OnceOnlyClient.class);
              assertThat(context).doesNotHaveBean(OnceOnlySpringKafka.class);
            });
    runner
        .withPropertyValues("onceonly.api-key=k", NOBODY, "onceonly.kafka.enabled=false")
        .run(
            context -> {
              assertThat(context).hasSingleBean(OnceOnlyClient.class);
              assertThat(context).doesNotHaveBean(OnceOnlySpringKafka.class);
            });
  }

  @Test
  void propertiesAreBound() {
    runner
        .withPropertyValues(
            "onceonly.api-key=k",
            NOBODY,
            "onceonly.kafka.mode=lease",
            "onceonly.kafka.lease-ttl=90s",
            "onceonly.kafka.on-refusal=pause",
            "onceonly.kafka.excluded-topics=audit,logs",
            "onceonly.kafka.listeners.emails.mode=check-lock",
            "onceonly.kafka.listeners.emails.ttl=7d")
        .run(
            context -> {
              OnceOnlyKafkaProperties kafka = context.getBean(OnceOnlyKafkaProperties.class);
              assertThat(kafka.getMode()).isEqualTo(Mode.LEASE);
              assertThat(kafka.getLeaseTtl()).isEqualTo(Duration.ofSeconds(90));
              assertThat(kafka.getOnRefusal()).isEqualTo(OnRefusal.PAUSE);
              assertThat(kafka.getExcludedTopics()).containsExactlyInAnyOrder("audit", "logs");
              KafkaListenerProperties emails = kafka.getListeners().get("emails");
              assertThat(emails.getMode()).isEqualTo(Mode.CHECK_LOCK);
              assertThat(emails.getTtl()).isEqualTo(Duration.ofDays(7));
            });
  }

  @Test
  void claimsAreObservedWhereThereIsARegistry() {
    List<String> observed = new ArrayList<>();
    ObservationRegistry registry = ObservationRegistry.create();
    registry
        .observationConfig()
        .observationHandler(
            new ObservationHandler<>() {
              @Override
              public void onStart(Observation.Context context) {
                observed.add(
                    context.getName() + context.getLowCardinalityKeyValue("group").getValue());
              }

              @Override
              public boolean supportsContext(Observation.Context context) {
                return true;
              }
            });
    ApplicationContextRunner keyed = runner.withPropertyValues("onceonly.api-key=secret", NOBODY);
    keyed
        .withBean(ObservationRegistry.class, () -> registry)
        .run(
            context -> {
              ask(context.getBean("onceOnlyObservations", GroupEvents.class));
              assertThat(observed).containsExactly("onceonly.claimpayments");
            });
    keyed.run(context -> ask(context.getBean("onceOnlyObservations", GroupEvents.class)));
    assertThat(observed).hasSize(1);
  }

  private static void ask(GroupEvents events) {
    events
        .apply("payments")
        .asks(List.of(new OneDelivery("t")))
        .decided(List.of(new Decision.Skip(Decision.SkipReason.DUPLICATE, null, false)));
  }

  private record OneDelivery(String destination) implements Delivery {
    @Override
    public @Nullable String position() {
      return null;
    }

    @Override
    public byte @Nullable [] header(String name) {
      return null;
    }
  }

  private static FailureAnalysis analyze(Throwable failure) {
    FailureAnalysis analysis = new StartRefusedAnalyzer().analyze(failure);
    assertThat(analysis).as("analysis of %s", failure).isNotNull();
    return analysis;
  }
}
