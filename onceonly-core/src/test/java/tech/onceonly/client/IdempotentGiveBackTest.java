package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of a call's claim where giving it back, or winning it, gets no answer. */
class IdempotentGiveBackTest {
  private final Map<String, String> keys = new ConcurrentHashMap<>();
  private volatile boolean releasesFail;
  private volatile boolean answersAreLost;
  private final AtomicInteger extended = new AtomicInteger();
  private final ScriptedServer server = ScriptedServer.start(this::serve);
  private final OnceOnlyClient client =
      OnceOnlyClient.create(
          server
              .options()
              .requestTimeout(Duration.ofSeconds(1))
              .breaker(BreakerOptions.OFF)
              .build());
  private final AtomicInteger effects = new AtomicInteger();
  private volatile boolean fails;

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private Function<String, Integer> charge() {
    return OnceOnly.idempotent(client, "charge", Integer.class)
        .build()
        .function(
            order -> {
              if (fails) {
                throw new IllegalStateException("the database is away");
              }
              return effects.incrementAndGet();
            });
  }

  @Test
  void aFailedCallsClaimIsToldAgainUntilItIsGivenBack() {
    Function<String, Integer> charge = charge();
    fails = true;
    releasesFail = true;
    assertThatThrownBy(() -> charge.apply("o-1")).hasMessageContaining("database");
    releasesFail = false;
    fails = false;
    Awaitility.await()
        .atMost(Duration.ofSeconds(15))
        .untilAsserted(() -> assertThat(keys).isEmpty());
    assertThat(charge.apply("o-1")).isEqualTo(1);
    assertThat(effects).hasValue(1);
  }

  @Test
  void aCallInDoubtThatRanUnprotectedAndFailedIsNotItsOwnDuplicate() {
    Function<String, Integer> charge = charge();
    client.me().join(); // the server has declared its extensions
    fails = true;
    answersAreLost = true;
    assertThatThrownBy(() -> charge.apply("o-1")).hasMessageContaining("database");
    answersAreLost = false;
    fails = false;
    assertThat(charge.apply("o-1")).isEqualTo(1);
    assertThat(effects).hasValue(1);
  }

  @Test
  void aCallInDoubtIsNotItsOwnDuplicateWhereTheServerHadDeclaredNothingYet() {
    Function<String, Integer> charge = charge();
    fails = true;
    answersAreLost = true;
    assertThatThrownBy(() -> charge.apply("o-1")).hasMessageContaining("database");
    answersAreLost = false;
    fails = false;
    assertThat(charge.apply("o-1")).isEqualTo(1);
    assertThat(effects).hasValue(1);
  }

  @Test
  void severalCallsInDoubtOfOneKeyAreAllGivenBack() {
    Function<String, Integer> charge = charge();
    client.me().join();
    fails = true;
    answersAreLost = true;
    releasesFail = true;
    assertThatThrownBy(() -> charge.apply("o-1")).hasMessageContaining("database");
    assertThatThrownBy(() -> charge.apply("o-1")).hasMessageContaining("database");
    releasesFail = false;
    answersAreLost = false;
    fails = false;
    assertThat(charge.apply("o-1")).isEqualTo(1);
    assertThat(effects).hasValue(1);
  }

  @Test
  void anOutageLetsARetryThroughAsItDoesAnyCall() {
    Function<String, Integer> charge = charge();
    client.me().join();
    fails = true;
    answersAreLost = true;
    releasesFail = true;
    assertThatThrownBy(() -> charge.apply("o-1")).hasMessageContaining("database");
    fails = false;
    assertThat(charge.apply("o-1")).isEqualTo(1);
  }

  @Test
  void aRetryIsNoDuplicateWhileTheClaimIsStillToBeGivenBack() {
    Function<String, Integer> charge =
        OnceOnly.idempotent(client, "charge", Integer.class)
            .waitForOthers(Duration.ofMillis(100))
            .onDuplicate(key -> -1)
            .build()
            .function(
                order -> {
                  if (fails) {
                    throw new IllegalStateException("the database is away");
                  }
                  return effects.incrementAndGet();
                });
    fails = true;
    releasesFail = true;
    assertThatThrownBy(() -> charge.apply("o-1")).hasMessageContaining("database");
    fails = false;
    assertThatThrownBy(() -> charge.apply("o-1")).isInstanceOf(CallInProgressException.class);
    releasesFail = false;
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(charge.apply("o-1")).isEqualTo(1));
    assertThat(effects).hasValue(1);
  }

  @Test
  void aCallThatHangsGivesItsLeaseUpAtLast() throws Exception {
    var unused =
        OnceOnly.idempotent(client, "hang", Integer.class)
            .lease()
            .ttl(Duration.ofSeconds(1))
            .maxRenewal(Duration.ofSeconds(1))
            .build()
            .asyncFunction(order -> new CompletableFuture<Integer>())
            .apply("o-1");
    // The next beat comes a third of a second after the last.
    Awaitility.await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(30))
        .until(extended::get, count -> count >= 1 && count <= 4);
  }

  private void serve(ScriptedServer.Request request, ScriptedServer.Exchange exchange)
      throws java.io.IOException, InterruptedException {
    Map<String, String> headers = Map.of("X-OnceOnly-Release", "true", "X-OnceOnly-Replay", "true");
    String body = request.body();
    String key = body.replaceAll(".*\"key\":\"([^\"]*)\".*", "$1");
    String id = request.header("X-Request-Id");
    switch (request.target()) {
      case "/v1/check-lock" -> {
        String holder = keys.putIfAbsent(key, id);
        if (answersAreLost) {
          exchange.socket().close();
          return;
        }
        boolean won = holder == null || holder.equals(id);
        exchange.send(200, headers, "{\"status\":\"" + (won ? "locked" : "duplicate") + "\"}");
      }
      case "/v1/release" -> {
        if (releasesFail) {
          exchange.json(503, "{}");
          return;
        }
        String released = body.replaceAll(".*\"request_id\":\"([^\"]*)\".*", "$1");
        boolean ours = keys.remove(key, released);
        exchange.send(
            ours ? 200 : 409,
            headers,
            ours ? "{\"ok\":true}" : "{\"detail\":{\"error\":\"lease_lost\"}}");
      }
      case "/v1/ai/lease" ->
          exchange.send(
              200, headers, "{\"status\":\"acquired\",\"lease_id\":\"L\",\"version\":1,\"ttl\":1}");
      case "/v1/ai/extend" -> {
        extended.incrementAndGet();
        exchange.send(200, headers, "{\"ok\":true}");
      }
      default -> exchange.send(200, headers, "{\"ok\":true}");
    }
  }
}
