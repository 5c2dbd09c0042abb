package tech.onceonly.it.jms;

import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.testing.EffectLog;
import tech.onceonly.testing.JmsBrokerKind;

/**
 * A consumer in a process of its own, which ends itself as a kill would, at one message, before or
 * after that message's effect ({@code halt.before}, {@code halt.after}).
 */
final class JmsWorkerMain {

  static final Duration LEASE_TTL = Duration.ofSeconds(2);

  private JmsWorkerMain() {}

  /** Takes {@code name=value} arguments. */
  public static void main(String[] arguments) throws JMSException, InterruptedException {
    Map<String, String> given =
        Stream.of(arguments)
            .map(argument -> argument.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    EffectLog effects = EffectLog.open(Path.of(given.get("effects")));
    JmsConsumerRun consumer =
        JmsConsumerRun.of(
            JmsHook.valueOf(given.get("hook")),
            JmsBrokerKind.valueOf(given.get("broker")),
            given.get("url"),
            given.get("queue"),
            options(Mode.valueOf(given.get("mode")), given.get("queue"), given.get("base.url")),
            message -> work(message, effects, given));
    consumer.start();
    new CountDownLatch(1).await();
  }

  static JmsOptions.Builder options(Mode mode, String scope, String baseUrl) {
    return JmsOptions.builder()
        .scope(scope)
        .mode(mode)
        .ttl(Duration.ofHours(1))
        .leaseTtl(LEASE_TTL)
        .claimBudget(Duration.ofSeconds(5))
        .maxHold(Duration.ofMillis(200))
        .client(ClientOptions.builder().apiKey(JmsCellRun.API_KEY).baseUrl(baseUrl).build());
  }

  private static void work(Message message, EffectLog effects, Map<String, String> given) {
    String payment = textOf(message);
    if (payment.equals(given.get("halt.before"))) {
      Runtime.getRuntime().halt(1);
    }
    effects.record(payment, String.valueOf(ProcessHandle.current().pid()));
    if (payment.equals(given.get("halt.after"))) {
      Runtime.getRuntime().halt(1);
    }
  }

  private static String textOf(Message message) {
    try {
      return message.getBody(String.class);
    } catch (JMSException e) {
      throw new JMSRuntimeException("no text", e.getErrorCode(), e);
    }
  }
}
