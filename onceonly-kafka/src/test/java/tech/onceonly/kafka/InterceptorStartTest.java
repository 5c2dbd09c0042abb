package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tech.onceonly.kafka.InterceptorFixture.P0;
import static tech.onceonly.kafka.InterceptorFixture.record;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tech.onceonly.kafka.ClaimConnection.StartCheck;

/** The check of the API key when the consumer is made. */
@Timeout(60)
class InterceptorStartTest {

  private final InterceptorFixture fixture = new InterceptorFixture();

  @Test
  void a_refusal_fails_the_start_and_closes_what_was_opened() {
    fixture.claims.check =
        new StartCheck.Refused("onceonly.api.key", new IllegalStateException("Invalid API key"));

    assertThatThrownBy(fixture::start)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("onceonly.api.key")
        .hasMessageContaining("Invalid API key")
        .hasMessageNotContaining("once_live_secret");
    assertThat(fixture.claims.closed).isTrue();
  }

  @Test
  void an_outage_starts_where_fail_open_is_on() {
    fixture.claims.check = new StartCheck.Unanswered("refused");
    fixture.start();

    assertThat(fixture.poll(record(P0, 0))).hasSize(1);
    fixture.interceptor.close();
  }

  @Test
  void an_outage_fails_the_start_where_fail_open_is_off() {
    fixture.claims.check = new StartCheck.Unanswered("refused");
    fixture.with("onceonly.fail.open", "false");

    assertThatThrownBy(fixture::start)
        .isInstanceOf(KafkaException.class)
        .hasMessageContaining("onceonly.fail.open")
        .hasMessageContaining("onceonly.base.url");
    assertThat(fixture.claims.closed).isTrue();
  }

  @Test
  void the_check_can_be_left_out() {
    fixture.claims.check = new StartCheck.Unanswered("refused");
    fixture.with("onceonly.fail.open", "false").with("onceonly.check.on.start", "false").start();

    assertThat(fixture.claims.checks).isZero();
    fixture.interceptor.close();
  }

  /** As its threads configure their consumers, with either group protocol. */
  @Test
  void a_kafka_streams_application_is_not_protected() {
    fixture
        .with("application.id", "billing")
        .with("client.id", "billing-9c1-StreamThread-1-consumer")
        .with(
            "partition.assignment.strategy",
            "org.apache.kafka.streams.processor.internals.StreamsPartitionAssignor")
        .start();

    assertThat(fixture.poll(record(P0, 0, "a"), record(P0, 1, "a"))).containsExactly("0/0", "0/1");
    assertThat(fixture.interceptor.counters()).isNull();
    assertThat(fixture.claims.checks).isZero();
    assertThat(fixture.claims.asked).isEmpty();
  }

  @Test
  void a_real_consumer_is_not_made_with_a_key_that_the_api_refuses() throws Exception {
    HttpServer server = api(401, "{\"detail\": \"Invalid API key\"}");
    try {
      assertThatThrownBy(() -> new KafkaConsumer<>(consumer(server.getAddress().getPort())))
          .isInstanceOf(KafkaException.class)
          .hasStackTraceContaining("onceonly.api.key")
          .hasStackTraceContaining("Invalid API key");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void a_real_consumer_is_made_with_a_good_key() throws Exception {
    HttpServer server = api(200, "{\"plan\": \"free\"}");
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(consumer(server.getAddress().getPort()))) {
      assertThat(consumer.groupMetadata().groupId()).isEqualTo("billing");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void a_real_consumer_is_made_while_nobody_listens() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(consumer(port))) {
      assertThat(consumer.groupMetadata().groupId()).isEqualTo("billing");
    }
  }

  private static HttpServer api(int status, String body) throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/v1/me",
        exchange -> {
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static Map<String, Object> consumer(int apiPort) {
    Map<String, Object> consumer = new HashMap<>();
    consumer.put("bootstrap.servers", "127.0.0.1:1");
    consumer.put("group.id", "billing");
    consumer.put("key.deserializer", StringDeserializer.class);
    consumer.put("value.deserializer", StringDeserializer.class);
    consumer.put("interceptor.classes", OnceOnlyConsumerInterceptor.class.getName());
    consumer.put("onceonly.api.key", "once_live_secret");
    consumer.put("onceonly.base.url", "http://127.0.0.1:" + apiPort);
    return consumer;
  }
}
