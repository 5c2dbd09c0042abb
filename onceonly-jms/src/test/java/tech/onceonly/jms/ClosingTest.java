package tech.onceonly.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import jakarta.jms.MessageListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;

/** Closing while a message waits: it must not pass for handled, nor for an outage. */
class ClosingTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String REFUSED = "{\"detail\":\"refused by the test\"}";
  private static final String LOCKED =
      "{\"status\":\"locked\",\"first_seen_at\":null,\"ttl\":60,\"request_id\":\"r-1\"}";

  private final JmsFixture fixture =
      new JmsFixture(() -> ClientOptions.builder().baseUrl(url()).apiKey("test-key").build());
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch answer = new CountDownLatch(1);
  private volatile int status = 401;
  private volatile boolean slow;
  private HttpServer api;

  @BeforeEach
  void startApi() throws IOException {
    api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    api.setExecutor(Executors.newCachedThreadPool());
    api.createContext("/", this::answer);
    api.start();
  }

  @AfterEach
  void stopApi() {
    answer.countDown();
    api.stop(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRefusedMessageIsNotHandled(boolean whileItIsAsked) {
    OnceOnlyJms onceOnly = open();
    MessageListener listener = onceOnly.decorate(fixture::run);
    slow = whileItIsAsked;
    CompletableFuture<Void> listening = listen(listener);
    if (whileItIsAsked) {
      closeWhileItIsAsked(onceOnly);
    } else {
      await().until(() -> fixture.counters.count("decision.refuse") >= 1);
      onceOnly.close();
    }

    assertUndecided(listening);
    long began = System.nanoTime();
    assertThatThrownBy(() -> listener.onMessage(TestMessage.withKey("p-1").message()))
        .isInstanceOf(UndecidedException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .as("a broker that sends it again at once")
        .isGreaterThanOrEqualTo(Duration.ofMillis(100));
    assertThat(fixture.ran).isEmpty();
  }

  /** To leave it would make its redelivery a duplicate of it. */
  @Test
  void aMessageThatIsAskedForAndWonRuns() {
    OnceOnlyJms onceOnly = open();
    slow = true;
    status = 200;
    CompletableFuture<Void> listening = listen(onceOnly.decorate(fixture::run));

    closeWhileItIsAsked(onceOnly);

    assertThat(listening).succeedsWithin(PATIENCE);
    assertThat(fixture.ran).hasSize(1);
    assertThat(fixture.counters.count("decision.process")).isEqualTo(1);
    assertThat(fixture.counters.count("decision.unprotected.outage")).isZero();
  }

  private OnceOnlyJms open() {
    return OnceOnlyJms.open(fixture.options(Acknowledgement.AUTO, Mode.CHECK_LOCK).build());
  }

  private String url() {
    return "http://127.0.0.1:" + api.getAddress().getPort();
  }

  private static CompletableFuture<Void> listen(MessageListener listener) {
    return CompletableFuture.runAsync(
        () -> listener.onMessage(TestMessage.withKey("p-1").message()));
  }

  /** Answers when closing waits, or has ended without having waited. */
  private void closeWhileItIsAsked(OnceOnlyJms onceOnly) {
    await().until(() -> asked.getCount() == 0);
    Thread closing = new Thread(onceOnly::close);
    closing.start();
    await()
        .until(
            () ->
                closing.getState() == Thread.State.TERMINATED
                    || closing.getState() == Thread.State.TIMED_WAITING);
    answer.countDown();
    await().until(() -> closing.getState() == Thread.State.TERMINATED);
  }

  private static void assertUndecided(CompletableFuture<Void> listening) {
    assertThat(listening)
        .failsWithin(PATIENCE)
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(UndecidedException.class);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      boolean claim = exchange.getRequestURI().getPath().contains("check-lock");
      if (claim && slow) {
        asked.countDown();
        answer.await();
      }
      byte[] body =
          (!claim ? "{}" : status == 200 ? LOCKED : REFUSED).getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().add("Content-Type", "application/json");
      exchange.sendResponseHeaders(claim ? status : 200, body.length);
      exchange.getResponseBody().write(body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
