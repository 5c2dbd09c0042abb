package tech.onceonly.it.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.testing.Await.PATIENCE;

import jakarta.jms.JMSException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tech.onceonly.GuardCounters;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.testing.ScriptedApi;

/** Runs one square of the table on a real broker, and tells what was seen. */
final class JmsCellRun implements AutoCloseable {

  static final String API_KEY = "it-key";

  /** How often the brokers here deliver a message before they give it up. */
  static final int ATTEMPTS = 4;

  private final Mode mode;
  private final JmsHook hook;
  private final JmsCase what;
  private final JmsSite site;
  private final String queue;
  private final ScriptedApi api;
  private final JmsProbe probe = new JmsProbe();
  private final GuardCounters counters = new GuardCounters();
  private JmsConsumerRun consumer;

  JmsCellRun(Mode mode, JmsHook hook, JmsCase what, String queue, JmsSite site, URI server) {
    this.mode = mode;
    this.hook = hook;
    this.what = what;
    this.queue = queue;
    this.site = site;
    api = ScriptedApi.start(server.getHost(), server.getPort());
  }

  /** Runs it and tells what was seen, in the words of the documentation's table. */
  String run() throws JMSException {
    String seen = runCase();
    consumer.close();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(site.depth(queue)).as("depth").isZero());
    return seen;
  }

  private String runCase() throws JMSException {
    return switch (what) {
      case PROCESSED -> processed();
      case SKIPPED -> skipped();
      case THROWS -> throwsOnce();
      case DEAD -> dead();
      case HELD -> held();
      case REFUSED -> refused();
      case FAIL_OPEN -> failOpen();
    };
  }

  private String processed() throws JMSException {
    send("a", "b", "c", "d");
    start();
    awaitAll("a", "b", "c", "d");
    return "once";
  }

  private String skipped() throws JMSException {
    send("a", "b", "a", "c", "b", "d");
    start();
    awaitAll("a", "b", "c", "d");
    // Another consumer, which knows of the first by the service alone.
    consumer.close();
    send("a", "c", "e", "b", "f");
    start();
    awaitAll("a", "b", "c", "d", "e", "f");
    assertThat(probe.attempts).as("attempts").isEqualTo(probe.effects);
    return "once, all acknowledged";
  }

  private String throwsOnce() throws JMSException {
    probe.failing = "c";
    probe.failures = 1;
    send("a", "a", "b", "c", "d");
    start();
    if (hook.losesWhatFails()) {
      awaitAll("a", "b", "d");
      assertThat(probe.attempts.get("c")).as("attempts").isEqualTo(1);
      assertThat(site.dead(queue)).isEmpty();
      return "**lost**: the session had acknowledged it";
    }
    awaitAll("a", "b", "c", "d");
    assertThat(probe.attempts.get("c")).as("attempts").isEqualTo(2);
    return "once, at the second attempt";
  }

  private String dead() throws JMSException {
    probe.failing = "c";
    probe.failures = ATTEMPTS;
    send("a", "a", "b", "c");
    start();
    // Not behind it: Artemis, in a CLIENT session, counts an attempt of what it has prefetched.
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(site.dead(queue)).containsExactly("c"));
    assertThat(probe.attempts.get("c")).as("attempts").isEqualTo(ATTEMPTS);
    send("c", "d");
    awaitAll("a", "b", "c", "d");
    return "dead-lettered after all attempts; its replay runs once";
  }

  private String held() throws JMSException {
    send("a", "b");
    start();
    awaitAll("a", "b");
    if (mode == Mode.LEASE) {
      String elsewhere = "{\"ok\":true,\"status\":\"in_progress\",\"retry_after_sec\":0.05}";
      api.answerWhere(path -> path.endsWith("/ai/lease"), 200, elsewhere, Map.of());
    } else {
      api.answer(429, "{\"detail\": \"slower\"}", Map.of("Retry-After", "0.05"));
    }
    long before = api.answered();
    send("c", "d");
    // More often than the broker would deliver it, so that attempts used up would show.
    await().atMost(PATIENCE).until(() -> api.answered() >= before + ATTEMPTS + 2);
    assertUntouched();
    api.forward();
    awaitAll("a", "b", "c", "d");
    assertThat(probe.attempts).as("attempts").isEqualTo(probe.effects);
    return "waited, no attempt used up; then once";
  }

  private String refused() throws JMSException {
    send("a", "b");
    start();
    awaitAll("a", "b");
    api.answer(401, "{\"detail\": \"refused by the test\"}", Map.of());
    long before = api.answered();
    send("c", "d");
    boolean stops = hook.isManaged();
    if (stops) {
      await().atMost(PATIENCE).until(() -> !consumer.isRunning());
    } else {
      await()
          .atMost(PATIENCE)
          .until(() -> consumer.isRunning() && api.answered() >= before + ATTEMPTS + 2);
    }
    assertThat(consumer.refusals()).hasSize(1);
    assertUntouched();
    api.forward();
    if (stops) {
      consumer.start();
    }
    awaitAll("a", "b", "c", "d");
    assertThat(probe.attempts).as("attempts").isEqualTo(probe.effects);
    assertThat(consumer.refusals()).isEmpty();
    return (stops ? "stopped" : "stood still") + ", nothing lost; once when mended";
  }

  private String failOpen() throws JMSException {
    api.answer(503, "{\"detail\": \"down\"}", Map.of());
    send("a", "b", "c");
    start();
    awaitAll("a", "b", "c");
    assertThat(counters.count("decision.unprotected.outage")).isEqualTo(3);
    return "once, counted as unprotected";
  }

  /** Each took effect once, no other did, and nothing that was sent is left. */
  private void awaitAll(String... payments) {
    Map<String, Integer> once = new HashMap<>();
    Stream.of(payments).forEach(payment -> once.put(payment, 1));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(consumer.isRunning()).as("running").isTrue();
              assertThat(probe.effects).as("effects").isEqualTo(once);
              if (!hook.isLazy()) {
                assertThat(site.depth(queue)).as("depth").isZero();
              }
            });
  }

  /** Neither run nor given up; and on the queue, unless it was acknowledged before it was seen. */
  private void assertUntouched() {
    assertThat(probe.effects.keySet()).as("effects").containsExactlyInAnyOrder("a", "b");
    assertThat(site.dead(queue)).isEmpty();
    if (site.countsWhatIsInHand()) {
      int acknowledged = hook.isAcknowledgedAtReceive() ? 1 : 0;
      // Acknowledgements of what went before may be under way, but none of what waits.
      assertThat(site.depth(queue)).as("depth").isGreaterThanOrEqualTo(2 - acknowledged);
    }
  }

  private void send(String... payments) {
    site.send(queue, List.of(payments));
  }

  private void start() throws JMSException {
    consumer = JmsConsumerRun.of(hook, site, queue, options(), probe);
    consumer.start();
  }

  private JmsOptions.Builder options() {
    boolean refusedInATransaction = what == JmsCase.REFUSED && hook.isManaged();
    return JmsOptions.builder()
        .scope(queue)
        .mode(mode)
        .ttl(Duration.ofHours(1))
        .leaseTtl(Duration.ofSeconds(10))
        .claimBudget(Duration.ofSeconds(5))
        .maxHold(Duration.ofMillis(100))
        .maxWait(refusedInATransaction ? Duration.ofMillis(300) : Duration.ofMinutes(1))
        .events(counters)
        .client(
            ClientOptions.builder()
                .apiKey(API_KEY)
                .baseUrl(api.baseUrl())
                .batching(what != JmsCase.HELD) // the script answers single leases
                .build());
  }

  @Override
  public void close() throws JMSException {
    try {
      if (consumer != null) {
        consumer.close();
      }
    } finally {
      api.close();
    }
  }
}
