package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.CallDecision;

/** Idempotent functions, against a small API of the test's own. */
class IdempotentTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LONG = Duration.ofSeconds(30);

  record Receipt(String order, int total) {}

  /** What the server holds of a key: its state, and the result as JSON. */
  private record Held(String state, String result) {}

  private final Map<String, Held> keys = new ConcurrentHashMap<>();
  private final AtomicInteger completesToFail = new AtomicInteger();
  private volatile int completeStatus = 503;
  private volatile boolean down;
  private volatile boolean releases;
  private final ScriptedServer server = ScriptedServer.start(this::serve);
  private final OnceOnlyClient client =
      OnceOnlyClient.create(
          server.options().requestTimeout(LONG).breaker(BreakerOptions.OFF).build());
  private final AtomicInteger runs = new AtomicInteger();

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void aFunctionRunsOnceForEachArgument() {
    Function<String, Integer> charge =
        builder().onDuplicate(key -> -1).build().function(order -> runs.incrementAndGet());
    assertThat(charge.apply("o-1")).isEqualTo(1);
    assertThat(charge.apply("o-1")).isEqualTo(-1);
    assertThat(charge.apply("o-2")).isEqualTo(2);
    assertThat(keys).containsOnlyKeys(OnceOnly.key("charge", "o-1"), OnceOnly.key("charge", "o-2"));
  }

  @Test
  void everyKindOfFunctionCanBeWrapped() throws Exception {
    Idempotent<Integer> once = builder().build();
    Supplier<Integer> supplier = once.supplier(runs::incrementAndGet);
    assertThat(supplier.get()).isEqualTo(1);
    assertThatThrownBy(supplier::get).isInstanceOf(DuplicateCallException.class);
    keys.clear();
    Callable<Integer> callable = once.callable(runs::incrementAndGet);
    assertThat(callable.call()).isEqualTo(2);
    assertThatThrownBy(callable::call).isInstanceOf(DuplicateCallException.class);
    BiFunction<String, Integer, Integer> two = once.biFunction((a, b) -> runs.incrementAndGet());
    assertThat(two.apply("a", 1)).isEqualTo(3);
    assertThat(two.apply("a", 2)).isEqualTo(4);
    assertThatThrownBy(() -> two.apply("a", 1)).isInstanceOf(DuplicateCallException.class);
    BiFunction<String, Integer, CompletionStage<Integer>> later =
        once.asyncBiFunction((a, b) -> CompletableFuture.supplyAsync(runs::incrementAndGet));
    assertThat(later.apply("b", 1)).succeedsWithin(LONG).isEqualTo(5);
    assertThat(later.apply("b", 1))
        .failsWithin(LONG)
        .withThrowableThat()
        .withCauseInstanceOf(DuplicateCallException.class);
    Supplier<CompletionStage<Integer>> asyncSupplier =
        once.asyncSupplier(() -> CompletableFuture.completedFuture(runs.incrementAndGet()));
    assertThat(asyncSupplier.get())
        .failsWithin(LONG)
        .withThrowableThat()
        .withCauseInstanceOf(DuplicateCallException.class);
  }

  @Test
  void theKeyAndItsTtlCanBeGiven() {
    Function<String, Integer> charge =
        builder()
            .key(args -> "order:" + args.get(0))
            .ttl(Duration.ofHours(2))
            .build()
            .function(order -> 1);
    assertThat(charge.apply("o-1")).isEqualTo(1);
    assertThat(keys).containsOnlyKeys("order:o-1");
    assertThat(server.requests.peek().body()).contains("\"ttl\":7200");
    assertThatThrownBy(() -> builder().key(args -> "").build().function(order -> 1).apply("o-1"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aResultIsReplayedToLaterCallers() {
    Function<String, Receipt> charge =
        OnceOnly.idempotent(client, "charge", Receipt.class)
            .lease()
            .build()
            .function(order -> new Receipt(order, runs.incrementAndGet()));
    assertThat(charge.apply("o-1")).isEqualTo(new Receipt("o-1", 1));
    assertThat(charge.apply("o-1")).isEqualTo(new Receipt("o-1", 1));
    assertThat(runs).hasValue(1);
    Function<String, CompletionStage<Receipt>> later =
        OnceOnly.idempotent(client, "charge", Receipt.class)
            .lease()
            .build()
            .asyncFunction(order -> CompletableFuture.completedFuture(new Receipt(order, -1)));
    assertThat(later.apply("o-1")).succeedsWithin(LONG).isEqualTo(new Receipt("o-1", 1));
    assertThat(later.apply("o-2")).succeedsWithin(LONG).isEqualTo(new Receipt("o-2", -1));
  }

  @Test
  void aResultOfAGenericTypeIsReplayed() {
    Supplier<List<Receipt>> list =
        OnceOnly.<List<Receipt>>idempotentOfType(
                client,
                "list",
                JSON.getTypeFactory().constructCollectionType(List.class, Receipt.class))
            .lease()
            .build()
            .supplier(() -> List.of(new Receipt("o", runs.incrementAndGet())));
    assertThat(list.get()).isEqualTo(list.get()).containsExactly(new Receipt("o", 1));
  }

  @Test
  void aFailedFunctionGivesItsLeaseBack() {
    Function<String, Integer> charge =
        builder()
            .lease()
            .build()
            .function(
                order -> {
                  if (runs.incrementAndGet() == 1) {
                    throw new IllegalStateException("declined");
                  }
                  return 7;
                });
    assertThatThrownBy(() -> charge.apply("o-1")).hasMessage("declined");
    assertThat(charge.apply("o-1")).isEqualTo(7);
    Function<String, CompletionStage<Integer>> later =
        builder()
            .lease()
            .build()
            .asyncFunction(order -> CompletableFuture.failedFuture(new IOException("gone")));
    assertThat(later.apply("o-2"))
        .failsWithin(LONG)
        .withThrowableThat()
        .withCauseInstanceOf(IOException.class);
    assertThat(keys).doesNotContainKey(OnceOnly.key("charge", "o-2"));
    Function<String, CompletionStage<Integer>> none =
        builder().lease().build().asyncFunction(order -> null);
    assertThat(none.apply("o-3")).failsWithin(LONG);
    assertThat(keys).doesNotContainKey(OnceOnly.key("charge", "o-3"));
  }

  @Test
  void aFailedFunctionsClaimStaysUnlessTheServerTakesItBack() {
    Function<String, Integer> fails =
        builder()
            .build()
            .function(
                order -> {
                  throw new IllegalStateException("declined");
                });
    assertThatThrownBy(() -> fails.apply("o-1")).hasMessage("declined");
    assertThatThrownBy(() -> fails.apply("o-1")).isInstanceOf(DuplicateCallException.class);
    releases = true;
    assertThatThrownBy(() -> fails.apply("o-2")).hasMessage("declined");
    assertThatThrownBy(() -> fails.apply("o-2")).hasMessage("declined");
  }

  @Test
  void aCompletionThatFailsIsTriedAgainAndFailsNothing() {
    completesToFail.set(2);
    Function<String, Integer> charge = builder().lease().build().function(order -> 7);
    assertThat(charge.apply("o-1")).isEqualTo(7);
    String key = OnceOnly.key("charge", "o-1");
    Awaitility.await().atMost(LONG).until(() -> "completed".equals(keys.get(key).state()));
    assertThat(keys.get(key).result()).isEqualTo("7");
  }

  @Test
  void aResultThatIsRefusedOrCannotBeWrittenCompletesWithout() {
    completesToFail.set(1);
    completeStatus = 422;
    Function<String, Integer> charge = builder().lease().build().function(order -> 7);
    assertThat(charge.apply("o-1")).isEqualTo(7);
    Awaitility.await()
        .atMost(LONG)
        .until(() -> "completed".equals(keys.get(OnceOnly.key("charge", "o-1")).state()));
    assertThatThrownBy(() -> charge.apply("o-1")).isInstanceOf(DuplicateCallException.class);
    Supplier<Object> odd =
        OnceOnly.idempotent(client, "odd", Object.class).lease().build().supplier(Object::new);
    assertThat(odd.get()).isNotNull();
    assertThat(keys.get(OnceOnly.key("odd")).state()).isEqualTo("completed");
  }

  @Test
  void aFunctionWithoutAResultIsReplayedToo() {
    Supplier<Void> mail =
        OnceOnly.idempotent(client, "mail", Void.class)
            .lease()
            .build()
            .supplier(
                () -> {
                  runs.incrementAndGet();
                  return null;
                });
    assertThat(mail.get()).isNull();
    assertThat(mail.get()).isNull();
    assertThat(runs).hasValue(1);
  }

  @Test
  void aStoredResultThatCannotBeReadBackIsNotToBeHad() {
    Idempotent<Receipt> charge =
        OnceOnly.idempotent(client, "charge", Receipt.class).lease().build();
    keys.put(OnceOnly.key("charge"), new Held("completed", "\"of another version\""));
    assertThatThrownBy(() -> charge.supplier(() -> new Receipt("o", 1)).get())
        .isInstanceOf(DuplicateCallException.class);
  }

  @Test
  void aCallerMayGiveTheWholeKey() throws Exception {
    Idempotent<Integer> charge = builder().lease().build();
    assertThat(charge.call("shop-charge-o-1", runs::incrementAndGet)).isEqualTo(1);
    assertThat(charge.callAsync("shop-charge-o-1", () -> CompletableFuture.completedFuture(-1)))
        .succeedsWithin(LONG)
        .isEqualTo(1);
    assertThat(keys).containsOnlyKeys("shop-charge-o-1");
    assertThatThrownBy(() -> charge.call("", runs::incrementAndGet))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aCallInProgressIsWaitedForAndItsResultGiven() {
    CountDownLatch finish = new CountDownLatch(1);
    Idempotent<Integer> once = builder().lease().waitForOthers(LONG).build();
    Function<String, CompletionStage<Integer>> slow =
        once.asyncFunction(
            order ->
                CompletableFuture.supplyAsync(
                    () -> {
                      try {
                        finish.await();
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                      return runs.incrementAndGet();
                    }));
    CompletionStage<Integer> first = slow.apply("o-1");
    Awaitility.await().atMost(LONG).until(() -> !keys.isEmpty());
    CompletionStage<Integer> second = slow.apply("o-1");
    Awaitility.await().atMost(LONG).until(() -> count("/ai/lease") >= 3);
    finish.countDown();
    assertThat(first).succeedsWithin(LONG).isEqualTo(1);
    assertThat(second).succeedsWithin(LONG).isEqualTo(1);
  }

  @Test
  void aWaitThatIsOverSaysSo() {
    keys.put(OnceOnly.key("charge", "o-1"), new Held("in_progress", null));
    Idempotent.Builder<Integer> impatient = builder().lease().waitForOthers(Duration.ZERO);
    assertThatThrownBy(() -> impatient.build().function(order -> 1).apply("o-1"))
        .isInstanceOf(CallInProgressException.class);
    assertThat(impatient.onInProgress(key -> -2).build().function(order -> 1).apply("o-1"))
        .isEqualTo(-2);
  }

  @Test
  void whatFailedForGoodIsNotRunAgain() {
    keys.put(OnceOnly.key("charge", "o-1"), new Held("failed", null));
    assertThatThrownBy(
            () -> builder().lease().build().function(order -> runs.incrementAndGet()).apply("o-1"))
        .isInstanceOf(CallFailedException.class);
    assertThat(runs).hasValue(0);
  }

  @Test
  void theHeartbeatExtendsALeaseUntilTheFunctionIsDone() {
    Supplier<Integer> slow =
        builder()
            .lease()
            .ttl(Duration.ofSeconds(1))
            .build()
            .supplier(
                () -> {
                  Awaitility.await().atMost(LONG).until(() -> count("/ai/extend") >= 2);
                  return 1;
                });
    assertThat(slow.get()).isEqualTo(1);
    assertThat(keys.get(OnceOnly.key("charge")).state()).isEqualTo("completed");
  }

  @Test
  void aResultThatIsNotToBeReplayedIsNotStored() {
    Function<String, Integer> charge =
        builder()
            .lease()
            .withoutReplay()
            .onDuplicate(key -> -1)
            .build()
            .function(order -> runs.incrementAndGet());
    assertThat(charge.apply("o-1")).isEqualTo(1);
    assertThat(keys.get(OnceOnly.key("charge", "o-1"))).isEqualTo(new Held("completed", null));
    assertThat(charge.apply("o-1")).isEqualTo(-1);
    assertThat(count("key=" + OnceOnly.key("charge", "o-1"))).isZero();
  }

  @Test
  void aCallIsDoneWhenWhatItIsPartOfIs() {
    CompletableFuture<Void> end = new CompletableFuture<>();
    String key = OnceOnly.key("charge", "o-1");
    Function<String, Integer> charge =
        builder().lease().doneAfter(() -> end).build().function(order -> 7);
    assertThat(charge.apply("o-1")).isEqualTo(7);
    assertThat(keys.get(key).state()).isEqualTo("in_progress");
    end.complete(null);
    Awaitility.await().atMost(LONG).until(() -> "completed".equals(keys.get(key).state()));
    assertThat(keys.get(key).result()).isEqualTo("7");
  }

  @Test
  void aCallHasFailedWhenWhatItIsPartOfHas() {
    CompletableFuture<Void> end = new CompletableFuture<>();
    String key = OnceOnly.key("charge", "o-1");
    Function<String, CompletionStage<Integer>> charge =
        builder()
            .lease()
            .doneAfter(() -> end)
            .build()
            .asyncFunction(order -> CompletableFuture.completedFuture(7));
    assertThat(charge.apply("o-1")).succeedsWithin(LONG).isEqualTo(7);
    assertThat(keys.get(key).state()).isEqualTo("in_progress");
    end.completeExceptionally(new IllegalStateException("rolled back"));
    Awaitility.await().atMost(LONG).until(() -> !keys.containsKey(key));
    assertThat(count("/ai/complete")).isZero();
  }

  @Test
  void whatBecomesOfEachCallIsTold() {
    List<CallDecision> decided = new CopyOnWriteArrayList<>();
    Idempotent.Builder<Integer> told =
        builder().lease().waitForOthers(Duration.ZERO).onDecided(decided::add);
    Function<String, Integer> charge = told.build().function(order -> 7);
    keys.put(OnceOnly.key("charge", "o-2"), new Held("in_progress", null));
    keys.put(OnceOnly.key("charge", "o-3"), new Held("failed", null));
    assertThat(charge.apply("o-1")).isEqualTo(7);
    assertThat(charge.apply("o-1")).isEqualTo(7);
    assertThatThrownBy(() -> charge.apply("o-2")).isInstanceOf(CallInProgressException.class);
    assertThatThrownBy(() -> charge.apply("o-3")).isInstanceOf(CallFailedException.class);
    down = true;
    assertThat(charge.apply("o-1")).isEqualTo(7);
    assertThat(decided)
        .containsExactly(
            CallDecision.RUN,
            CallDecision.DUPLICATE,
            CallDecision.IN_PROGRESS,
            CallDecision.FAILED_FOR_GOOD,
            CallDecision.UNPROTECTED);

    decided.clear();
    try (OnceOnlyClient closed = OnceOnlyClient.create(server.options().failOpen(false).build())) {
      Function<String, Integer> strict =
          OnceOnly.idempotent(closed, "charge", Integer.class)
              .onDecided(decided::add)
              .build()
              .function(order -> 7);
      assertThatThrownBy(() -> strict.apply("o-4")).isInstanceOf(ApiException.class);
    }
    assertThat(decided).containsExactly(CallDecision.REFUSED);
  }

  @Test
  void whoListensToDecisionsCannotFailACall() {
    Function<String, Integer> charge =
        builder()
            .onDecided(
                decision -> {
                  throw new IllegalStateException("broken");
                })
            .build()
            .function(order -> 7);
    assertThat(charge.apply("o-1")).isEqualTo(7);
  }

  @Test
  void aCallerWhoCancelsKeepsNothingFromBeingSettled() {
    CompletableFuture<Integer> work = new CompletableFuture<>();
    String key = OnceOnly.key("charge", "o-1");
    CompletionStage<Integer> cancelled =
        builder().lease().build().asyncFunction(order -> work).apply("o-1");
    assertThat(cancelled.toCompletableFuture().cancel(true)).isTrue();
    work.complete(7);
    Awaitility.await()
        .atMost(LONG)
        .until(() -> keys.containsKey(key) && "completed".equals(keys.get(key).state()));
  }

  @Test
  void anOutageLetsItRunWhereTheClientFailsOpen() {
    down = true;
    assertThat(builder().build().function(order -> runs.incrementAndGet()).apply("o-1"))
        .isEqualTo(1);
    assertThat(builder().lease().build().function(order -> runs.incrementAndGet()).apply("o-1"))
        .isEqualTo(2);
    try (OnceOnlyClient closed = OnceOnlyClient.create(server.options().failOpen(false).build())) {
      Function<String, Integer> strict =
          OnceOnly.idempotent(closed, "charge", Integer.class)
              .build()
              .function(order -> runs.incrementAndGet());
      assertThatThrownBy(() -> strict.apply("o-1")).isInstanceOf(ApiException.class);
      assertThat(runs).hasValue(2);
    }
  }

  @Test
  void aBlockingFormRefusesAnEventLoop() {
    Vertx vertx = Vertx.vertx();
    try {
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      Supplier<Integer> supplier = builder().build().supplier(() -> 1);
      vertx.runOnContext(
          v -> {
            try {
              thrown.complete(new AssertionError("gave " + supplier.get()));
            } catch (Throwable e) {
              thrown.complete(e);
            }
          });
      assertThat(thrown).succeedsWithin(LONG).isInstanceOf(IllegalStateException.class);
      assertThat(server.requests).isEmpty();
    } finally {
      vertx.close();
    }
  }

  private Idempotent.Builder<Integer> builder() {
    return OnceOnly.idempotent(client, "charge", Integer.class);
  }

  private long count(String target) {
    return server.requests.stream().filter(r -> r.target().endsWith(target)).count();
  }

  private void serve(ScriptedServer.Request request, ScriptedServer.Exchange exchange)
      throws IOException {
    if (down) {
      exchange.json(503, "{}");
      return;
    }
    String target = request.target().replaceFirst("\\?.*", "");
    JsonNode body = JSON.readTree(request.body().isEmpty() ? "{}" : request.body());
    String key = body.path("key").asText(request.target().replaceFirst(".*key=", ""));
    Map<String, String> headers = releases ? Map.of("X-OnceOnly-Release", "true") : Map.of();
    switch (target) {
      case "/v1/check-lock" -> {
        boolean won = keys.putIfAbsent(key, new Held("locked", null)) == null;
        exchange.send(200, headers, "{\"status\":\"" + (won ? "locked" : "duplicate") + "\"}");
      }
      case "/v1/ai/lease" -> {
        Held before = keys.putIfAbsent(key, new Held("in_progress", null));
        exchange.json(
            200,
            before == null
                ? "{\"status\":\"acquired\",\"lease_id\":\"L\",\"version\":1}"
                : "{\"status\":\"" + before.state() + "\",\"retry_after_sec\":0.01}");
      }
      case "/v1/ai/complete" -> {
        if (completesToFail.getAndDecrement() > 0) {
          exchange.json(completeStatus, "{}");
        } else {
          String result = body.has("result") ? body.get("result").toString() : null;
          keys.put(key, new Held("completed", result));
          exchange.json(200, "{}");
        }
      }
      case "/v1/ai/result" ->
          exchange.json(
              200, "{\"status\":\"completed\",\"result\":" + keys.get(key).result() + "}");
      case "/v1/ai/cancel", "/v1/release" -> {
        keys.remove(key);
        exchange.send(200, headers, "{}");
      }
      default -> exchange.json(200, "{\"ok\":true}");
    }
  }
}
