package tech.onceonly.it.jms;

import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.testing.EffectLog;
import tech.onceonly.testing.JmsBrokerKind;

/**
 * A consumer in a process of its own, to be killed: by the test, or by itself at one message,
 * before or after that message's effect ({@code halt.before}, {@code halt.after}), or when its
 * transaction has committed and its claim is not yet settled ({@code halt.committed}). Of so many
 * messages one fails ({@code fail.one.in}).
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
            JmsSite.of(JmsBrokerKind.valueOf(given.get("broker")), given.get("url")),
            given.get("queue"),
            options(Mode.valueOf(given.get("mode")), given.get("queue"), given.get("base.url"))
                .failOpen(Boolean.parseBoolean(given.getOrDefault("fail.open", "true"))),
            message -> {
              try {
                work(message, effects, given);
              } catch (JMSException e) {
                throw new JMSRuntimeException("unreadable", e.getErrorCode(), e);
              }
            });
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

  private static void work(Message message, EffectLog effects, Map<String, String> given)
      throws JMSException {
    String payment = message.getBody(String.class);
    LockSupport.parkNanos(
        Duration.ofMillis(Long.parseLong(given.getOrDefault("work.ms", "0"))).toNanos());
    if (payment.equals(given.get("halt.before"))) {
      Runtime.getRuntime().halt(1);
    }
    int failOneIn = Integer.parseInt(given.getOrDefault("fail.one.in", "0"));
    if (failOneIn > 0 && ThreadLocalRandom.current().nextInt(failOneIn) == 0) {
      throw new IllegalStateException("one in " + failOneIn + " fails");
    }
    effects.record(payment, message.getJMSMessageID() + " in " + ProcessHandle.current().pid());
    if (payment.equals(given.get("halt.after"))) {
      Runtime.getRuntime().halt(1);
    }
    if (payment.equals(given.get("halt.committed"))) {
      TransactionSynchronizationManager.registerSynchronization(
          new TransactionSynchronization() {
            @Override
            public void afterCommit() {
              Runtime.getRuntime().halt(1);
            }
          });
    }
  }
}
