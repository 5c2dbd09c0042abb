package tech.onceonly.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationTextPublisher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jms.config.DefaultJmsListenerContainerFactory;
import org.springframework.jms.config.JmsListenerEndpointRegistry;
import org.springframework.jms.config.SimpleJmsListenerEndpoint;
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
      Contexts.at(server).withUserConfiguration(JmsApplication.class);

  @Test
  void threePropertiesProtectEveryListener() {
    runner
        .withPropertyValues(SCOPE)
        .run(
            context -> {
              JmsApplication.deliver(context, "payments", "a", "a", "b");
              assertThat(JmsApplication.log(context)).containsExactly("a", "b");
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
              JmsApplication.deliver(context, "late", "a", "a");
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
              JmsApplication.deliver(context, "payments", "a", "a");
              assertThat(JmsApplication.log(context)).containsExactly("a", "a");
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
                JmsApplication.deliver(context, "payments", "a", "a");
                assertThat(JmsApplication.log(context)).containsExactly("a", "a");
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
              assertThat(analysis.getAction())
                  .contains("onceonly.jms.listeners.payments", "enabled=false");
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
              JmsApplication.deliver(context, "payments", "a");
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
              JmsApplication.deliver(context, "payments", "a");
              // A completion is told while the listener's thread goes on.
              Awaitility.await()
                  .untilAsserted(
                      () -> server.assertCompleted("payments:7:payments:header.Idempotency_Key:a"));
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
            "onceonly.jms.fingerprint=payload",
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
              assertThat(jms.getFingerprint()).isEqualTo("payload");
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
              JmsApplication.deliver(context, "payments", "a", "a");
              assertThat(JmsApplication.log(context)).containsExactly("a", "a");
            });
  }

  @Test
  void metersTellScopeDestinationAndOutcome() {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    runner
        .withBean(MeterRegistry.class, () -> meters)
        .withPropertyValues(SCOPE)
        .run(
            context -> {
              JmsApplication.deliver(context, "payments", "a", "a");
              assertThat(decisions(meters, "process")).isEqualTo(1);
              assertThat(decisions(meters, "skip")).isEqualTo(1);
            });
  }

  @Test
  void claimsAreObserved() {
    List<String> observed = new ArrayList<>();
    ObservationRegistry observations = ObservationRegistry.create();
    observations
        .observationConfig()
        .observationHandler(
            new ObservationTextPublisher(
                observed::add,
                all -> true,
                each -> each.getName() + each.getLowCardinalityKeyValue("group")));
    runner
        .withBean(ObservationRegistry.class, () -> observations)
        .withPropertyValues(SCOPE)
        .run(context -> JmsApplication.deliver(context, "payments", "a"));
    assertThat(observed).anyMatch(each -> each.contains("onceonly.claim") && each.contains("shop"));
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

  private static double decisions(MeterRegistry meters, String decision) {
    return meters
        .get("onceonly.decisions")
        .tags("group", "shop", "destination", "payments", "decision", decision)
        .counters()
        .stream()
        .mapToDouble(Counter::count)
        .sum();
  }
}
