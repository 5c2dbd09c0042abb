package tech.onceonly.demo;

import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.jms.Acknowledgement;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.jms.OnceOnlyJms;
import tech.onceonly.testing.EffectLog;
import tech.onceonly.testing.JmsBrokerKind;

/** The process that is killed: charges what its listener is handed. */
final class DemoJmsConsumer {

  private static final long CHARGE_NANOS = Duration.ofMillis(1).toNanos();

  private DemoJmsConsumer() {}

  /** Broker, queue, protection, base URL, effects file, deliveries file. */
  public static void main(String[] arguments) throws JMSException, InterruptedException {
    String queue = arguments[1];
    Protection protection = Protection.valueOf(arguments[2]);
    EffectLog effects = EffectLog.open(Path.of(arguments[4]));
    EffectLog deliveries = EffectLog.open(Path.of(arguments[5]));
    MessageListener charging = payment -> charge(payment, effects);
    OnceOnlyJms onceOnly =
        protection == Protection.NONE
            ? null
            : OnceOnlyJms.open(options(protection, queue, arguments[3]));
    MessageListener listener = onceOnly == null ? charging : onceOnly.decorate(charging);
    Connection connection =
        JmsBrokerKind.ARTEMIS.connectionFactory(arguments[0]).createConnection();
    Session session = connection.createSession(Session.AUTO_ACKNOWLEDGE);
    session
        .createConsumer(session.createQueue(queue))
        .setMessageListener(
            payment -> {
              record(payment, deliveries);
              listener.onMessage(payment);
            });
    stopAtShutdown(connection, onceOnly);
    connection.start();
    new CountDownLatch(1).await();
  }

  private static void charge(Message payment, EffectLog effects) {
    LockSupport.parkNanos(CHARGE_NANOS);
    record(payment, effects);
  }

  /** The payment, and which of its messages it was. */
  private static void record(Message payment, EffectLog log) {
    try {
      log.record(payment.getBody(String.class), payment.getJMSMessageID());
    } catch (JMSException e) {
      throw new JMSRuntimeException("a message that can't be read", e.getErrorCode(), e);
    }
  }

  private static JmsOptions options(Protection protection, String queue, String baseUrl) {
    return JmsOptions.builder()
        .scope("demo")
        .queue(queue)
        .acknowledgement(Acknowledgement.AUTO)
        .mode(protection == Protection.LEASE ? Mode.LEASE : Mode.CHECK_LOCK)
        .ttl(Duration.ofHours(1))
        .leaseTtl(Duration.ofSeconds(2))
        .client(ClientOptions.builder().baseUrl(baseUrl).build())
        .build();
  }

  private static void stopAtShutdown(Connection connection, @Nullable OnceOnlyJms onceOnly) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    connection.close();
                  } catch (JMSException e) {
                    throw new JMSRuntimeException("not closed", e.getErrorCode(), e);
                  } finally {
                    if (onceOnly != null) {
                      onceOnly.close();
                    }
                  }
                },
                "demo-stop"));
  }
}
