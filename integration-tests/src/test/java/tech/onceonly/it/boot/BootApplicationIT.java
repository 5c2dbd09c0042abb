package tech.onceonly.it.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tech.onceonly.server.junit.OnceOnlyServerExtension;
import tech.onceonly.spring.Idempotent;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/**
 * An application as a newcomer writes it, one listener and two properties of ours, tested as
 * docs/spring-boot.md shows; on the newest and on the oldest Spring Boot.
 */
@SpringBootTest(
    classes = BootApplicationIT.Application.class,
    webEnvironment = WebEnvironment.NONE,
    properties = {
      "spring.kafka.consumer.auto-offset-reset=earliest",
      "spring.artemis.embedded.enabled=false" // it is on the class path for other tests
    })
@DirtiesContext // its consumers stop with the class, before the server does
@Tag("junit-6") // Spring 7's test extension needs it
@Tag("oldest-spring")
@ExtendWith(WithBroker.class)
class BootApplicationIT {

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private static final String TOPIC = "boot-payments";
  private static final String MAILS = "boot-mails";
  private static KafkaBroker broker;

  @Autowired private PaymentListener listener;
  @Autowired private MailLog mails;
  @Autowired private ApplicationContext context;

  @BeforeAll
  static void topic(KafkaBroker running, Topics topics) {
    broker = running;
    topics.create(TOPIC, 1);
    topics.create(MAILS, 1);
  }

  @DynamicPropertySource
  static void properties(DynamicPropertyRegistry registry) {
    registry.add("onceonly.api-key", server::apiKey);
    registry.add("onceonly.base-url", server::baseUrl);
    registry.add("spring.kafka.bootstrap-servers", () -> broker.bootstrapServers());
  }

  @Test
  void itRunsOnTheLineOfBootThatItIsMeantToRunOn() {
    assertThat(SpringBootVersion.getVersion()).isEqualTo(System.getProperty("spring-boot.version"));
  }

  @Test
  void oneDependencyAndTwoPropertiesProtectAListener(Topics topics) {
    topics.produceKeyed(TOPIC, "a", "b", "a", "c", "b");
    awaitCommitted(topics);
    assertThat(listener.effects).containsAllEntriesOf(Map.of("a", 1, "b", 1, "c", 1));
    server.assertClaimedOnce("a");
    server.assertClaimedOnce("b");
  }

  @Test
  void aRefusalShowsInHealthAndLosesNothing(Topics topics) {
    assertThat(health("status.code")).isEqualTo("UP");
    server.answer(402);
    topics.produceKeyed(TOPIC, "d", "e");
    await().atMost(PATIENCE).until(() -> "DOWN".equals(health("status.code")));
    assertThat(health("details.keySet()")).isEqualTo(Set.of("payments"));
    var container =
        context.getBean(KafkaListenerEndpointRegistry.class).getListenerContainer("payments");
    await().atMost(PATIENCE).until(() -> !container.isChildRunning());
    assertThat(listener.effects).doesNotContainKeys("d", "e");
    server.assertNoClaim();

    server.answerNormally();
    container.start();
    awaitCommitted(topics);
    assertThat(listener.effects).containsAllEntriesOf(Map.of("d", 1, "e", 1));
    assertThat(health("status.code")).isEqualTo("UP");
  }

  /** A delivery is claimed by its header or offset, and the method's call by the key it names. */
  @Test
  void anIdempotentListenerIsClaimedTwiceAndEitherClaimSkips(Topics topics) {
    topics.produce(
        List.of(
            mail("sent-1", "welcome"),
            mail("sent-1", "another"), // the delivery's duplicate: the method is not asked
            mail("sent-2", "welcome"), // the call's duplicate: the delivery runs into it
            mail("sent-3", "fails once"),
            mail("sent-4", "fails once")));
    await().atMost(PATIENCE).until(() -> topics.uncommitted("mails", MAILS) == 0);

    assertThat(mails.effects)
        .containsExactlyInAnyOrderEntriesOf(Map.of("welcome", 1, "fails once", 1));
    assertThat(mails.calls).containsEntry("fails once", 2).doesNotContainKey("another");
    server.assertClaimedOnce("sent-1");
    server.assertClaimedOnce("sent-2");
    server.assertClaimedOnce("mails:mailListener.send:welcome");
  }

  private static ProducerRecord<String, String> mail(String header, String mail) {
    ProducerRecord<String, String> record = new ProducerRecord<>(MAILS, mail);
    record.headers().add("Idempotency-Key", header.getBytes(StandardCharsets.UTF_8));
    return record;
  }

  private static void awaitCommitted(Topics topics) {
    await().atMost(PATIENCE).until(() -> topics.uncommitted("payments", TOPIC) == 0);
  }

  /** By an expression: health's classes stand elsewhere in each line of Boot. */
  private Object health(String property) {
    return new SpelExpressionParser()
        .parseExpression("health()." + property)
        .getValue(context.getBean("onceOnlyHealthIndicator"));
  }

  @EnableAutoConfiguration
  @Import({PaymentListener.class, MailListener.class, MailLog.class})
  static class Application {}

  static class PaymentListener {

    final Map<String, Integer> effects = new ConcurrentHashMap<>();

    @KafkaListener(id = "payments", topics = TOPIC)
    void pay(String payment) {
      effects.merge(payment, 1, Integer::sum);
    }
  }

  /** Apart from the listener, whose proxy shares no field with it. */
  static class MailLog {

    final Map<String, Integer> calls = new ConcurrentHashMap<>();
    final Map<String, Integer> effects = new ConcurrentHashMap<>();
  }

  static class MailListener {

    private final MailLog log;

    MailListener(MailLog log) {
      this.log = log;
    }

    @Idempotent(key = "#mail", name = "mailListener.send", namespace = "mails")
    @KafkaListener(id = "mails", topics = MAILS)
    void send(String mail) {
      if (log.calls.merge(mail, 1, Integer::sum) == 1 && mail.startsWith("fails")) {
        throw new IllegalStateException("the mail server is away");
      }
      log.effects.merge(mail, 1, Integer::sum);
    }
  }
}
