package tech.onceonly.testing;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class JmsBrokerIT {

  private static final long PATIENCE = Duration.ofSeconds(20).toMillis();

  @ParameterizedTest
  @EnumSource
  void keepsItsMessagesThroughAKill(JmsBrokerKind kind) {
    List<String> payments = IntStream.range(0, 200).mapToObj(i -> "payment-" + i).toList();
    try (JmsBroker broker = JmsBroker.start(JmsBrokerOptions.asShipped(kind))) {
      broker.queues().send("kept", payments);
      try (JMSContext context =
          broker.connectionFactory().createContext(JMSContext.CLIENT_ACKNOWLEDGE)) {
        JMSConsumer consumer = context.createConsumer(context.createQueue("kept"));
        for (int i = 0; i < 50; i++) {
          assertThat(consumer.receive(PATIENCE)).isNotNull();
        }
        context.acknowledge();
        assertThat(consumer.receive(PATIENCE)).as("delivered, not acknowledged").isNotNull();
        awaitDepth(broker, 150);
        broker.kill();
      } catch (JMSRuntimeException e) {
        // Closing a context whose broker is gone.
        assertThat(broker.isRunning()).isFalse();
      }
      String before = broker.url();

      broker.restart();

      assertThat(broker.url()).isEqualTo(before);
      assertThat(broker.queues().depth("kept")).isEqualTo(150);
      assertThat(broker.queues().waiting("kept")).isEqualTo(payments.subList(50, 200));
    }
  }

  @ParameterizedTest
  @EnumSource
  void givesAMessageUpAfterItsAttempts(JmsBrokerKind kind) throws JMSException {
    try (JmsBroker broker = JmsBroker.start(new JmsBrokerOptions(kind, 3))) {
      broker.queues().send("orders", List.of("good", "bad"));
      int attempts = 0;
      try (JMSContext context =
          broker.connectionFactory().createContext(JMSContext.SESSION_TRANSACTED)) {
        JMSConsumer consumer = context.createConsumer(context.createQueue("orders"));
        assertThat(consumer.receive(PATIENCE).getBody(String.class)).isEqualTo("good");
        context.commit();
        while (broker.queues().depth("orders") > 0) {
          if (consumer.receive(100) != null) {
            attempts++;
            context.rollback();
          }
        }
      }
      assertThat(attempts).isEqualTo(3);
      assertThat(broker.queues().dead("orders")).containsExactly("bad");
      assertThat(broker.queues().dead("nothing")).isEmpty();
    }
  }

  /** What docs/jms.md says of CLIENT sessions. */
  @ParameterizedTest
  @CsvSource({"'', true", "?consumerWindowSize=0, false"})
  void artemisCountsAttemptsOfWhatItHasPrefetched(String settings, boolean counts)
      throws JMSException {
    try (JmsBroker broker = JmsBroker.start(new JmsBrokerOptions(JmsBrokerKind.ARTEMIS, 10))) {
      broker.queues().send("orders", List.of("bad", "unseen"));
      try (JMSContext context =
          JmsBrokerKind.ARTEMIS
              .connectionFactory(broker.url() + settings)
              .createContext(JMSContext.CLIENT_ACKNOWLEDGE)) {
        JMSConsumer consumer = context.createConsumer(context.createQueue("orders"));
        for (int i = 0; i < 4; i++) {
          assertThat(consumer.receive(PATIENCE).getBody(String.class)).isEqualTo("bad");
          context.recover();
        }
        assertThat(consumer.receive(PATIENCE).getBody(String.class)).isEqualTo("bad");
        context.acknowledge();
        Message unseen = consumer.receive(PATIENCE);
        assertThat(unseen.getBody(String.class)).isEqualTo("unseen");
        assertThat(unseen.getIntProperty("JMSXDeliveryCount") > 1).isEqualTo(counts);
        context.acknowledge();
      }
    }
  }

  /** Acknowledgements travel by themselves. */
  private static void awaitDepth(JmsBroker broker, long depth) {
    Await.until(
        depth + " messages are left",
        Duration.ofMillis(PATIENCE),
        () -> broker.queues().depth("kept") == depth);
  }
}
