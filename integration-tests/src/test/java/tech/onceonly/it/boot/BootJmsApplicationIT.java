package tech.onceonly.it.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.jms.annotation.JmsListener;
import org.springframework.jms.core.JmsTemplate;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tech.onceonly.server.junit.OnceOnlyServerExtension;
import tech.onceonly.spring.Idempotent;

/**
 * An application as a newcomer writes it, a listener and three properties of ours, tested as
 * docs/spring-jms.md shows, on the Artemis that Boot embeds; on the newest and on the oldest Boot.
 */
@SpringBootTest(
    classes = BootJmsApplicationIT.Application.class,
    webEnvironment = WebEnvironment.NONE,
    properties = {
      "onceonly.jms.scope=shop",
      "onceonly.jms.max-hold=500ms", // asked again soon once a refusal is mended
      // ActiveMQ Classic is on the tests' class path too, and Boot 3 would take that.
      "spring.autoconfigure.exclude="
          + "org.springframework.boot.autoconfigure.jms.activemq.ActiveMQAutoConfiguration"
    })
@DirtiesContext // its listeners stop with the class, before the server does
@Tag("junit-6") // Spring 7's test extension needs it
@Tag("oldest-spring")
class BootJmsApplicationIT {

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private static final String QUEUE = "payments";
  private static final String MAILS = "mails";

  @Autowired private JmsTemplate jms;
  @Autowired private PaymentListener listener;
  @Autowired private MailLog mails;
  @Autowired private EmbeddedActiveMQ broker;
  @Autowired private ApplicationContext context;

  @DynamicPropertySource
  static void onceOnly(DynamicPropertyRegistry registry) {
    registry.add("onceonly.api-key", server::apiKey);
    registry.add("onceonly.base-url", server::baseUrl);
  }

  @AfterEach
  void nothingWasGivenUp() {
    assertThat(waiting("DLQ")).isZero();
  }

  @Test
  void itRunsOnTheVersionsThatItIsMeantToRunOn() {
    assertThat(SpringBootVersion.getVersion()).isEqualTo(System.getProperty("spring-boot.version"));
    assertThat(broker.getActiveMQServer().getVersion().getFullVersion())
        .isEqualTo(System.getProperty("artemis.version"));
  }

  @Test
  void oneDependencyAndThreePropertiesProtectAListener() {
    send("a", "b", "a", "c", "b");
    awaitDrained();
    assertThat(listener.effects).containsAllEntriesOf(Map.of("a", 1, "b", 1, "c", 1));
    server.assertClaimedOnce("a");
    server.assertClaimedOnce("b");
  }

  @Test
  void aMessageWhoseListenerFailsIsRedeliveredAndRuns() {
    send("fails-once", "after-it");
    awaitDrained();
    assertThat(listener.calls).containsEntry("fails-once", 2);
    assertThat(listener.effects).containsAllEntriesOf(Map.of("fails-once", 1, "after-it", 1));
    server.assertClaimedOnce("after-it");
  }

  @Test
  void aRefusalLeavesMessagesOnTheQueue() {
    server.answer(401);
    send("d", "e");
    await().atMost(PATIENCE).until(() -> "DOWN".equals(health("status.code")));
    assertThat(health("details.keySet()")).isEqualTo(Set.of("payments"));
    assertThat(waiting(QUEUE)).isEqualTo(2);
    assertThat(listener.calls).doesNotContainKeys("d", "e");
    server.assertNoClaim();

    server.answerNormally();
    awaitDrained();
    assertThat(listener.effects).containsAllEntriesOf(Map.of("d", 1, "e", 1));
    assertThat(health("status.code")).isEqualTo("UP");
  }

  /** A delivery is claimed by its property, and the method's call by the key it names. */
  @Test
  void anIdempotentListenerIsClaimedTwiceAndEitherClaimSkips() {
    send(MAILS, "sent-1", "welcome");
    send(MAILS, "sent-1", "another"); // the delivery's duplicate: the method is not asked
    send(MAILS, "sent-2", "welcome"); // the call's duplicate: the delivery runs into it
    send(MAILS, "sent-3", "fails-once");
    send(MAILS, "sent-4", "fails-once");
    await().atMost(PATIENCE).until(() -> waiting(MAILS) == 0);

    assertThat(mails.effects)
        .containsExactlyInAnyOrderEntriesOf(Map.of("welcome", 1, "fails-once", 1));
    assertThat(mails.calls).containsEntry("fails-once", 2).doesNotContainKey("another");
    server.assertClaimedOnce("sent-1");
    server.assertClaimedOnce("sent-2");
    server.assertClaimedOnce("mails:mailListener.send:welcome");
  }

  private void send(String... payments) {
    for (String payment : payments) {
      send(QUEUE, payment, payment);
    }
  }

  private void send(String queue, String key, String text) {
    jms.convertAndSend(
        queue,
        text,
        message -> {
          message.setStringProperty("Idempotency_Key", key);
          return message;
        });
  }

  private void awaitDrained() {
    await().atMost(PATIENCE).until(() -> waiting(QUEUE) == 0);
  }

  /** Those that are delivered to somebody, and not acknowledged, too. */
  private long waiting(String queue) {
    return broker.getActiveMQServer().locateQueue(SimpleString.of(queue)).getMessageCount();
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

    final Map<String, Integer> calls = new ConcurrentHashMap<>();
    final Map<String, Integer> effects = new ConcurrentHashMap<>();

    @JmsListener(id = "payments", destination = QUEUE)
    void pay(String payment) {
      if (calls.merge(payment, 1, Integer::sum) == 1 && payment.startsWith("fails")) {
        throw new IllegalStateException("the bank is away");
      }
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
    @JmsListener(id = "mails", destination = MAILS)
    void send(String mail) {
      if (log.calls.merge(mail, 1, Integer::sum) == 1 && mail.startsWith("fails")) {
        throw new IllegalStateException("the mail server is away");
      }
      log.effects.merge(mail, 1, Integer::sum);
    }
  }
}
