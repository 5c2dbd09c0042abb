package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls made close together travel together, and are answered as if they had not. */
class BatchTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String LOCKED = "[\"locked\",60]";

  private final CountDownLatch held = new CountDownLatch(1);
  private String declared = "512";
  private Function<JsonNode, String> answer = operation -> LOCKED;
  private ScriptedServer.Script batch = this::answerEach;
  private ScriptedServer server = ScriptedServer.start(this::serve);
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final AtomicLong nanos = new AtomicLong(1_000);
  private OnceOnlyClient client;

  @AfterEach
  void stop() {
    held.countDown();
    if (client != null) {
      client.close();
    }
    server.close();
    vertx.close();
  }

  @Test
  void whatIsCalledWhileOthersAreOnTheirWayGoesInOneRequestInItsOrder() {
    open(options());
    List<CompletableFuture<CheckLockResult>> calls = gather(20);
    assertThat(calls)
        .allSatisfy(
            call ->
                assertThat(call)
                    .succeedsWithin(PATIENCE)
                    .isInstanceOf(CheckLockResult.Locked.class));
    List<JsonNode> operations = onlyBatch();
    assertThat(operations.stream().map(each -> each.get(2).get("key").asText()))
        .containsExactlyElementsOf(IntStream.range(0, 20).mapToObj(i -> "k" + i).toList());
    assertThat(operations.stream().map(each -> each.get(1).asText()).distinct()).hasSize(20);
    for (int i = 0; i < 20; i++) {
      assertThat(((CheckLockResult.Locked) calls.get(i).join()).requestId())
          .isEqualTo(operations.get(i).get(1).asText());
    }
  }

  @Test
  void eachIsAnsweredAsAlone() {
    answer =
        operation ->
            switch (operation.get(2).get("key").asText()) {
              case "held" -> "[\"duplicate\",60,\"2026-01-06T10:00:00Z\"]";
              case "bad" -> whole(422, "{}", "{\"detail\":[{\"msg\":\"no good\"}]}");
              case "fast" -> whole(429, "{\"Retry-After\":\"2\"}", "{\"detail\":\"slow down\"}");
              case "lost" -> whole(409, "{}", "{\"detail\":{\"error\":\"lease_lost\"}}");
              case "leased" ->
                  whole(200, "{}", "{\"status\":\"acquired\",\"lease_id\":\"l1\",\"version\":3}");
              default -> LOCKED;
            };
    open(options());
    List<CompletableFuture<?>> calls = new ArrayList<>();
    hold();
    calls.add(client.checkLock("held"));
    calls.add(client.checkLock("bad"));
    calls.add(client.checkLock("fast"));
    calls.add(client.complete("lost", "l0"));
    calls.add(client.lease("leased"));
    calls.add(client.checkLock("good"));
    release();
    assertThat(calls.get(0))
        .succeedsWithin(PATIENCE)
        .isInstanceOfSatisfying(
            CheckLockResult.Duplicate.class,
            duplicate -> assertThat(duplicate.firstSeenAt()).isEqualTo("2026-01-06T10:00:00Z"));
    assertFails(calls.get(1), ValidationException.class, "no good");
    assertFails(calls.get(2), RateLimitException.class, "slow down");
    assertFails(calls.get(3), LeaseLostException.class, "lease_lost");
    assertThat(calls.get(4))
        .succeedsWithin(PATIENCE)
        .isInstanceOfSatisfying(
            LeaseResult.Acquired.class, lease -> assertThat(lease.leaseId()).isEqualTo("l1"));
    assertThat(calls.get(5)).succeedsWithin(PATIENCE).isInstanceOf(CheckLockResult.Locked.class);
    assertThat(onlyBatch().stream().map(each -> each.get(0).asText()))
        .containsExactly(
            "check-lock", "check-lock", "check-lock", "complete", "lease", "check-lock");
  }

  @Test
  void aServerThatDeclaresNoBatchesGetsSingleCalls() {
    declared = null;
    open(options());
    gather(5).forEach(call -> assertThat(call).succeedsWithin(PATIENCE));
    assertThat(batches()).isEmpty();
  }

  @Test
  void theyCanBeTurnedOff() {
    open(options().batching(false));
    gather(5).forEach(call -> assertThat(call).succeedsWithin(PATIENCE));
    assertThat(batches()).isEmpty();
  }

  @Test
  void noBatchHasMoreThanTheServerTakes() {
    declared = "3";
    open(options());
    gather(10).forEach(call -> assertThat(call).succeedsWithin(PATIENCE));
    assertThat(batches()).hasSizeGreaterThanOrEqualTo(3).allMatch(batch -> batch.size() <= 3);
  }

  @Test
  void aBatchIsNotLargerThanAServerTakes() {
    open(options());
    String large = "x".repeat(300_000);
    hold();
    List<CompletableFuture<LeaseState>> calls =
        IntStream.range(0, 7)
            .mapToObj(i -> client.complete("k" + i, "l" + i, large, null))
            .toList();
    answer = operation -> whole(200, "{}", "{}");
    release();
    calls.forEach(call -> assertThat(call).succeedsWithin(PATIENCE));
    assertThat(batches()).isNotEmpty().allMatch(batch -> batch.size() <= 4);
  }

  @Test
  void aRefusalOfTheBatchIsEachMembersOwn() {
    batch = (request, exchange) -> exchange.json(401, "{\"detail\":\"Invalid API key\"}");
    open(options());
    gather(3).forEach(call -> assertFails(call, UnauthorizedException.class, "Invalid API key"));
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 405, 413, 422})
  void whereABatchIsNotTakenEachIsSentAlone(int status) {
    batch = (request, exchange) -> exchange.json(status, "{\"detail\":\"no\"}");
    open(options());
    gather(4).forEach(call -> assertThat(call).succeedsWithin(PATIENCE));
    assertThat(batches()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"answers\":[[\"locked\",60]]}",
        "{\"answers\":[[\"locked\",60],[\"locked\"",
        "{\"answers\":[[\"locked\",60],7]}",
        "{\"answers\":[[],[]]}",
        "{\"answers\":[{\"body\":{}},{\"body\":{}}]}",
        "[]",
        "{}",
        "hello"
      })
  void anAnswerThatCannotBeReadLeavesEachInDoubt(String body) {
    batch = (request, exchange) -> exchange.json(200, body);
    open(options());
    gather(2)
        .forEach(
            call ->
                assertThat(call)
                    .failsWithin(PATIENCE)
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(MalformedAnswerException.class)
                    .satisfies(
                        failure ->
                            assertThat(((OnceOnlyException) failure.getCause()).inDoubt())
                                .isTrue()));
  }

  @Test
  void aWordThatIsNoVerdictIsMalformedForItsMemberAlone() {
    answer =
        operation ->
            operation.get(2).get("key").asText().equals("k0") ? "[\"perhaps\",60]" : LOCKED;
    open(options());
    List<CompletableFuture<CheckLockResult>> calls = gather(2);
    assertFails(calls.get(0), MalformedAnswerException.class, "unknown");
    assertThat(calls.get(1)).succeedsWithin(PATIENCE);
  }

  @Test
  void eachHasItsOwnDeadline() {
    CountDownLatch slow = new CountDownLatch(1);
    batch =
        (request, exchange) -> {
          slow.await();
          answerEach(request, exchange);
        };
    open(options());
    hold();
    CompletableFuture<CheckLockResult> patient = client.checkLock("patient");
    CompletableFuture<CheckLockResult> hasty =
        client.checkLock(KeyRequest.of("hasty").withTimeout(Duration.ofMillis(100)));
    release();
    Awaitility.await().until(() -> !batches().isEmpty());
    nanos.addAndGet(Duration.ofMillis(150).toNanos());
    assertThat(hasty)
        .failsWithin(PATIENCE)
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(TransportException.class);
    assertThat(patient).isNotDone();
    slow.countDown();
    assertThat(patient).succeedsWithin(PATIENCE).isInstanceOf(CheckLockResult.Locked.class);
  }

  @Test
  void whatIsCancelledBeforeItIsSentIsLeftOut() {
    open(options());
    hold();
    CompletableFuture<CheckLockResult> cancelled = client.checkLock("a");
    CompletableFuture<CheckLockResult> b = client.checkLock("b");
    CompletableFuture<CheckLockResult> c = client.checkLock("c");
    cancelled.cancel(false);
    release();
    assertThat(b).succeedsWithin(PATIENCE);
    assertThat(c).succeedsWithin(PATIENCE);
    assertThat(onlyBatch().stream().map(each -> each.get(2).get("key").asText()))
        .containsExactly("b", "c");
  }

  @Test
  void aConnectionThatDiesLeavesEachInDoubtAndARepeatKeepsItsRequestId() {
    boolean[] died = {false};
    batch =
        (request, exchange) -> {
          if (died[0]) {
            answerEach(request, exchange);
          } else {
            died[0] = true;
            exchange.reset();
          }
        };
    open(options().retries(RetryOptions.retries(1)));
    gather(3).forEach(call -> assertThat(call).succeedsWithin(PATIENCE));
    List<String> first = ids(batches().get(0));
    assertThat(first).hasSize(3);
    List<String> again = new ArrayList<>();
    server.requests.stream()
        .skip(server.requests.stream().takeWhile(each -> !isBatch(each)).count() + 1)
        .forEach(
            each ->
                again.addAll(
                    isBatch(each) ? ids(operations(each)) : List.of(each.header("X-Request-Id"))));
    assertThat(again).containsExactlyInAnyOrderElementsOf(first);
  }

  @Test
  void oneLostRequestIsOneFailureHoweverManyWereInIt() {
    boolean[] died = {false};
    batch =
        (request, exchange) -> {
          if (died[0]) {
            answerEach(request, exchange);
          } else {
            died[0] = true;
            exchange.reset();
          }
        };
    open(options());
    gather(20)
        .forEach(
            call ->
                assertThat(call)
                    .failsWithin(PATIENCE)
                    .withThrowableOfType(ExecutionException.class)
                    .satisfies(
                        failure ->
                            assertThat(((OnceOnlyException) failure.getCause()).inDoubt())
                                .isTrue()));
    assertThat(client.checkLock("next")).succeedsWithin(PATIENCE);
  }

  @Test
  void whatHangsStopsTheOthersForAMomentOnly() {
    open(options());
    hold();
    CompletableFuture<CheckLockResult> other = client.checkLock("other");
    assertThat(other).isNotDone();
    nanos.addAndGet(Batches.SLOW_NANOS);
    assertThat(other).succeedsWithin(PATIENCE);
  }

  @Test
  void anErrorInTheServersPlaceTakesNothingBackThatItDeclared() {
    batch = (request, exchange) -> exchange.send(502, Map.of(), "<html>Bad Gateway</html>");
    open(options());
    gather(2).forEach(call -> assertFails(call, ApiException.class, "502"));
    assertThat(client.claimService().canReplay()).isTrue();
  }

  @Test
  void closingEndsTheMembersOfABatch() {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch sent = new CountDownLatch(1);
    batch =
        (request, exchange) -> {
          sent.countDown();
          never.await();
        };
    open(options());
    List<CompletableFuture<CheckLockResult>> calls = gather(3);
    assertThat(CompletableFuture.runAsync(() -> await(sent))).succeedsWithin(PATIENCE);
    client.close();
    calls.forEach(call -> assertFails(call, ClientClosedException.class, ""));
    never.countDown();
  }

  /** With a clock that stands, no request is ever slow. */
  private ClientOptions.Builder options() {
    return server
        .options()
        .failOpen(false)
        .requestTimeout(PATIENCE)
        .vertx(vertx)
        .nanoClock(() -> nanos.get())
        .connections(ConnectionOptions.DEFAULTS.withPipelining(1));
  }

  /** A client that knows what the server declares. */
  private void open(ClientOptions.Builder options) {
    client = OnceOnlyClient.create(options.build());
    assertThat(client.me()).succeedsWithin(PATIENCE);
  }

  /** As many calls as may be on their way, which the server holds. */
  private void hold() {
    for (int i = 1; i <= Batches.IN_FLIGHT; i++) {
      int sent = i;
      assertThat(client.checkLock("hold-" + i)).isNotDone();
      Awaitility.await()
          .until(() -> server.requests.stream().filter(BatchTest::isHeld).count() == sent);
    }
  }

  /** The server answers what it holds, once all that was called has gathered behind it. */
  private void release() {
    CountDownLatch gathered = new CountDownLatch(1);
    vertx.runOnContext(after -> gathered.countDown());
    await(gathered);
    held.countDown();
  }

  private List<CompletableFuture<CheckLockResult>> gather(int calls) {
    hold();
    List<CompletableFuture<CheckLockResult>> gathered =
        IntStream.range(0, calls).mapToObj(i -> client.checkLock("k" + i)).toList();
    release();
    return gathered;
  }

  private void serve(ScriptedServer.Request request, ScriptedServer.Exchange exchange)
      throws IOException, InterruptedException {
    if (isHeld(request)) {
      held.await();
    }
    if (isBatch(request)) {
      batch.answer(request, exchange);
    } else {
      send(exchange, request.method().equals("GET") ? "{}" : "{\"status\":\"locked\",\"ttl\":60}");
    }
  }

  private void answerEach(ScriptedServer.Request request, ScriptedServer.Exchange exchange)
      throws IOException {
    StringBuilder answers = new StringBuilder();
    for (JsonNode operation : operations(request)) {
      answers.append(answers.isEmpty() ? "" : ",").append(answer.apply(operation));
    }
    send(exchange, "{\"answers\":[" + answers + "]}");
  }

  private void send(ScriptedServer.Exchange exchange, String body) throws IOException {
    exchange.send(
        200,
        declared == null
            ? Map.of()
            : Map.of("X-OnceOnly-Batch", declared, "X-OnceOnly-Replay", "true"),
        body);
  }

  private List<JsonNode> onlyBatch() {
    assertThat(batches()).hasSize(1);
    return batches().get(0);
  }

  private List<List<JsonNode>> batches() {
    return server.requests.stream().filter(BatchTest::isBatch).map(BatchTest::operations).toList();
  }

  private static List<JsonNode> operations(ScriptedServer.Request request) {
    List<JsonNode> operations = new ArrayList<>();
    JsonNode body = Json.tree(request.body().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    ((ArrayNode) body.get("operations")).forEach(operations::add);
    return operations;
  }

  private static List<String> ids(List<JsonNode> operations) {
    return operations.stream().map(each -> each.get(1).asText()).toList();
  }

  private static boolean isBatch(ScriptedServer.Request request) {
    return request.target().equals("/v1/batch");
  }

  private static boolean isHeld(ScriptedServer.Request request) {
    return request.body().contains("\"hold-") && request.target().equals("/v1/check-lock");
  }

  private static String whole(int status, String headers, String body) {
    return "{\"status\":" + status + ",\"headers\":" + headers + ",\"body\":" + body + "}";
  }

  private static void assertFails(
      CompletableFuture<?> call, Class<? extends Throwable> type, String text) {
    assertThat(call)
        .failsWithin(PATIENCE)
        .withThrowableOfType(ExecutionException.class)
        .havingCause()
        .isInstanceOf(type)
        .withMessageContaining(text);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
