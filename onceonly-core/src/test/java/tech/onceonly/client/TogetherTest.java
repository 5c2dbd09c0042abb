package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.ClaimService;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Process;
import tech.onceonly.Delivery;
import tech.onceonly.DeliveryGuard;
import tech.onceonly.GuardEvents;
import tech.onceonly.GuardOptions;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.KeyScheme;
import tech.onceonly.KeySource;

/** What one thread asks together goes in whole batches, whatever the event loop is at. */
class TogetherTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int MOST = 50;

  private int declared = MOST;
  private final ScriptedServer server = ScriptedServer.start(this::serve);
  private final List<CompletableFuture<ClaimAnswer>> asked = new ArrayList<>();
  private OnceOnlyClient client;

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void aPollThatFitsIsOneRequest() {
    ClaimService service = open();
    service.together(() -> ask(service, 0, MOST));
    assertAllLocked();
    assertThat(batches()).containsExactly(MOST);
  }

  @Test
  void moreThanFitGoAsTheyFillBatches() {
    ClaimService service = open();
    service.together(
        () -> {
          ask(service, 0, MOST);
          // Answered before the rest has been asked for.
          assertThat(asked.get(MOST - 1)).succeedsWithin(PATIENCE);
          ask(service, MOST, 2 * MOST + 1);
        });
    assertAllLocked();
    assertThat(batches()).containsExactlyInAnyOrder(MOST, MOST);
    assertThat(keys()).hasSize(2 * MOST + 1).doesNotHaveDuplicates();
  }

  @Test
  void othersDoNotWaitForWhatIsAskedTogether() {
    ClaimService service = open();
    service.together(
        () -> {
          CompletableFuture<CheckLockResult> other =
              CompletableFuture.supplyAsync(() -> client.checkLock("other"))
                  .thenCompose(call -> call);
          assertThat(other).succeedsWithin(PATIENCE);
          service.together(() -> ask(service, 0, 3));
          ask(service, 3, 5);
        });
    assertAllLocked();
    assertThat(batches()).containsExactly(5);
  }

  @Test
  void whoWaitsForACallOfHisOwnIsAnswered() {
    ClaimService service = open();
    service.together(
        () -> {
          ask(service, 0, 1);
          assertThat(asked.get(0)).succeedsWithin(PATIENCE).isInstanceOf(ClaimAnswer.Locked.class);
          ask(service, 1, 2);
          assertThat(asked.get(1)).succeedsWithin(PATIENCE).isInstanceOf(ClaimAnswer.Locked.class);
        });
    assertAllLocked();
  }

  @Test
  void keysThatAreSlowToFindTakeNoProtectionFromThoseBefore() {
    open();
    Set<String> served = ConcurrentHashMap.newKeySet();
    KeySource slow =
        new KeySource() {
          @Override
          public String name() {
            return "slow";
          }

          @Override
          public String keyOf(Delivery delivery) {
            // As slow as the answer to the one before: that comes though more are to be asked.
            String before = String.valueOf(Integer.parseInt(delivery.position()) - 1);
            Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> before.equals("-1") || served.contains(before));
            return delivery.position();
          }
        };
    GuardEvents events =
        new GuardEvents() {
          @Override
          public void decided(Delivery delivery, Decision decision, Duration took) {
            served.add(delivery.position());
          }
        };
    GuardOptions options =
        GuardOptions.builder(new KeyScheme("g", "1", List.of(slow))).events(events).build();
    try (DeliveryGuard guard = DeliveryGuard.create(client.claimService(), options)) {
      List<Polled> poll = IntStream.range(0, 5).mapToObj(i -> new Polled("" + i)).toList();
      assertThat(guard.decideAll(poll, PATIENCE))
          .allSatisfy(
              decision ->
                  assertThat(decision).succeedsWithin(PATIENCE).isInstanceOf(Process.class));
    }
  }

  @Test
  void whereNothingTravelsTogetherEachGoesAtOnce() {
    declared = 0;
    ClaimService service = open();
    service.together(
        () -> {
          ask(service, 0, 1);
          assertThat(asked.get(0)).succeedsWithin(PATIENCE);
        });
    assertAllLocked();
    assertThat(batches()).isEmpty();
  }

  @Test
  void whoFailsWhileAskingIsAnsweredAllTheSame() {
    ClaimService service = open();
    assertThatThrownBy(
            () ->
                service.together(
                    () -> {
                      ask(service, 0, 3);
                      throw new IllegalStateException("the fourth has no key");
                    }))
        .hasMessage("the fourth has no key");
    assertAllLocked();
  }

  @Test
  void whatIsAskedOfAClosedClientIsAnswered() {
    ClaimService service = open();
    service.together(
        () -> {
          ask(service, 0, 2);
          client.close();
          ask(service, 2, 4);
        });
    assertThat(asked)
        .allSatisfy(
            answer ->
                assertThat(answer)
                    .succeedsWithin(PATIENCE)
                    .isInstanceOf(ClaimAnswer.Unavailable.class));
  }

  private record Polled(String position) implements Delivery {
    @Override
    public String destination() {
      return "t";
    }

    @Override
    public byte[] header(String name) {
      return null;
    }
  }

  /** A client that knows what the server declares. */
  private ClaimService open() {
    client =
        OnceOnlyClient.create(server.options().failOpen(false).requestTimeout(PATIENCE).build());
    assertThat(client.me()).succeedsWithin(PATIENCE);
    return client.claimService();
  }

  private void ask(ClaimService service, int from, int to) {
    for (int i = from; i < to; i++) {
      ClaimRequest request = new ClaimRequest(IdempotencyKey.of("k" + i), null, Map.of(), PATIENCE);
      asked.add(service.checkLock(request).toCompletableFuture());
    }
  }

  private void assertAllLocked() {
    assertThat(asked)
        .allSatisfy(
            answer ->
                assertThat(answer).succeedsWithin(PATIENCE).isInstanceOf(ClaimAnswer.Locked.class));
  }

  /** How many operations each batch had. */
  private List<Integer> batches() {
    return server.requests.stream()
        .filter(request -> request.target().equals("/v1/batch"))
        .map(request -> operations(request).size())
        .toList();
  }

  private List<String> keys() {
    return server.requests.stream()
        .filter(request -> !request.method().equals("GET"))
        .flatMap(
            request ->
                request.target().equals("/v1/batch")
                    ? operations(request).stream().map(each -> each.get(2))
                    : java.util.stream.Stream.of(json(request)))
        .map(body -> body.get("key").asText())
        .toList();
  }

  private void serve(ScriptedServer.Request request, ScriptedServer.Exchange exchange)
      throws IOException {
    String body =
        request.target().equals("/v1/batch")
            ? "{\"answers\":["
                + String.join(
                    ",",
                    IntStream.range(0, operations(request).size())
                        .mapToObj(i -> "[\"locked\",60]")
                        .toList())
                + "]}"
            : request.method().equals("GET") ? "{}" : "{\"status\":\"locked\",\"ttl\":60}";
    exchange.send(
        200,
        declared == 0 ? Map.of() : Map.of("X-OnceOnly-Batch", Integer.toString(declared)),
        body);
  }

  private static List<JsonNode> operations(ScriptedServer.Request request) {
    List<JsonNode> operations = new ArrayList<>();
    json(request).get("operations").forEach(operations::add);
    return operations;
  }

  private static JsonNode json(ScriptedServer.Request request) {
    return Json.tree(request.body().getBytes(StandardCharsets.UTF_8));
  }
}
