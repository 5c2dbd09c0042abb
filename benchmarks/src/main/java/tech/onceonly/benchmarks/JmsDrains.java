package tech.onceonly.benchmarks;

import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.time.Duration;
import java.util.function.Consumer;
import org.springframework.jms.listener.DefaultMessageListenerContainer;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.SetParams;
import tech.onceonly.Mode;
import tech.onceonly.benchmarks.JmsWay.Protection;
import tech.onceonly.jms.Acknowledgement;
import tech.onceonly.jms.BatchLimits;
import tech.onceonly.jms.BatchReceiver;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.jms.OnceOnlyJms;
import tech.onceonly.jms.spring.OnceOnlySpringJms;
import tech.onceonly.testing.JmsBroker;
import tech.onceonly.testing.JmsBrokerKind;

/** Fills a queue and drains it, a new one each time, so that no key was seen before. */
final class JmsDrains {

  private static final String KEY = "Idempotency_Key";
  private static final String KEY_PREFIX = "payment-";
  private static final int VALUE_BYTES = 200;
  private static final int SENT_TOGETHER = 1_000;
  private static final Duration RECEIVE = Duration.ofSeconds(1);

  /** How long a container waits for messages before it looks whether it still runs. */
  private static final Duration STOP_WITHIN = Duration.ofMillis(200);

  private final JmsBroker broker;
  private final ApiProcess server;
  private final int redisPort;
  private int runs;

  JmsDrains(JmsBroker broker, ApiProcess server, int redisPort) {
    this.broker = broker;
    this.server = server;
    this.redisPort = redisPort;
  }

  /**
   * Drains so many messages; gives messages a second.
   *
   * @throws IllegalStateException if a message had no effect or several, or is still in the queue
   */
  double run(JmsWay way, int count) throws Exception {
    String queue = "bench-" + way + "-" + runs++;
    send(queue, count);
    Tally tally = new Tally(count);
    try (Opened opened = new Opened()) {
      if (way.isListener()) {
        listen(way, queue, tally, opened);
      } else {
        receive(way, queue, tally, opened);
      }
    }
    long left = broker.queues().depth(queue);
    if (left != 0) {
      throw new IllegalStateException(way + " left " + left + " messages of " + count);
    }
    return tally.rate();
  }

  private void send(String queue, int count) throws JMSException {
    try (Connection connection = broker.connectionFactory().createConnection();
        Session session = connection.createSession(Session.SESSION_TRANSACTED);
        MessageProducer producer = session.createProducer(session.createQueue(queue))) {
      String value = "v".repeat(VALUE_BYTES);
      for (int i = 0; i < count; i++) {
        TextMessage message = session.createTextMessage(value);
        message.setStringProperty(KEY, KEY_PREFIX + i);
        producer.send(message);
        if ((i + 1) % SENT_TOGETHER == 0) {
          session.commit();
        }
      }
      session.commit();
    }
  }

  private void listen(JmsWay way, String queue, Tally tally, Opened opened)
      throws InterruptedException {
    Consumer<Message> work = work(way, queue, tally, opened);
    DefaultMessageListenerContainer container = new DefaultMessageListenerContainer();
    container.setConnectionFactory(sharing());
    container.setDestinationName(queue);
    container.setSessionTransacted(true);
    container.setConcurrentConsumers(way.consumers());
    container.setReceiveTimeout(STOP_WITHIN.toMillis());
    container.setAutoStartup(false);
    container.setMessageListener((jakarta.jms.MessageListener) work::accept);
    if (isOnceOnly(way)) {
      OnceOnlySpringJms onceOnly =
          opened.add(OnceOnlySpringJms.builder(() -> options(way)).build());
      onceOnly.protect(container, queue);
    }
    opened.add(container::destroy);
    container.afterPropertiesSet();
    container.start();
    tally.await();
  }

  private void receive(JmsWay way, String queue, Tally tally, Opened opened) throws Exception {
    Consumer<Message> work = work(way, queue, tally, opened);
    Connection connection = opened.add(broker.connectionFactory().createConnection());
    connection.start();
    if (!isOnceOnly(way)) {
      Session session = opened.add(connection.createSession(Session.SESSION_TRANSACTED));
      MessageConsumer consumer = session.createConsumer(session.createQueue(queue));
      while (!tally.isEnded()) {
        receiveBatch(consumer, work);
        session.commit();
      }
      return;
    }
    JmsOptions options =
        options(way).queue(queue).acknowledgement(Acknowledgement.TRANSACTED).build();
    OnceOnlyJms onceOnly = opened.add(OnceOnlyJms.open(options));
    int ahead = way.protection() == Protection.LEASE_AHEAD ? JmsWay.BATCH : 1;
    BatchReceiver receiver =
        opened.add(
            onceOnly.batchReceiver(
                connection,
                session -> session.createConsumer(session.createQueue(queue)),
                new BatchLimits(JmsWay.BATCH, ahead)));
    while (!tally.isEnded()) {
      receiver.receive(RECEIVE, (message, claim) -> work.accept(message));
    }
  }

  private static void receiveBatch(MessageConsumer consumer, Consumer<Message> work)
      throws JMSException {
    Message next = consumer.receive(RECEIVE.toMillis());
    for (int i = 1; next != null; i++) {
      work.accept(next);
      next = i == JmsWay.BATCH ? null : consumer.receiveNoWait();
    }
  }

  /** The effect; behind a SET NX by hand, where the way says so. */
  private Consumer<Message> work(JmsWay way, String queue, Tally tally, Opened opened) {
    if (way.protection() != Protection.SET_NX) {
      return message -> tally.effect(number(key(message)));
    }
    RedisClient redis = opened.add(RedisClient.create("127.0.0.1", redisPort));
    SetParams once = SetParams.setParams().nx().ex(3_600);
    return message -> {
      String key = key(message);
      if (redis.set(queue + ":" + key, "1", once) != null) {
        tally.effect(number(key));
      }
    };
  }

  /** An outage would fail the run, and not count as a protected one. */
  private JmsOptions.Builder options(JmsWay way) {
    return JmsOptions.builder()
        .scope("bench")
        .mode(way.protection() == Protection.CHECK_LOCK ? Mode.CHECK_LOCK : Mode.LEASE)
        .failOpen(false)
        .client(server.client().build());
  }

  /** Several consumers share a queue that is full when they start only if none buffers it all. */
  private ConnectionFactory sharing() {
    String url = broker.url();
    return broker
        .kind()
        .connectionFactory(
            url
                + (url.contains("?") ? "&" : "?")
                + (broker.kind() == JmsBrokerKind.ARTEMIS
                    ? "consumerWindowSize=16384"
                    : "jms.prefetchPolicy.queuePrefetch=30"));
  }

  private static boolean isOnceOnly(JmsWay way) {
    return way.protection() != Protection.NONE && way.protection() != Protection.SET_NX;
  }

  private static String key(Message message) {
    try {
      return message.getStringProperty(KEY);
    } catch (JMSException e) {
      throw new JMSRuntimeException("a message that can't be read", e.getErrorCode(), e);
    }
  }

  private static int number(String key) {
    return Integer.parseInt(key.substring(KEY_PREFIX.length()));
  }
}
