package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.IdempotencyKey;

/** Every golden vector, over a real socket, through each way of asking. */
class VectorsTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private interface Ask {
    CheckLockResult checkLock(OnceOnlyClient client, KeyRequest request) throws Throwable;
  }

  @TestFactory
  List<DynamicNode> vectors() throws IOException {
    List<DynamicNode> all = new ArrayList<>();
    try (InputStream in = VectorsTest.class.getResourceAsStream("/vectors.json")) {
      for (JsonNode vector : JSON.readTree(in).get("vectors")) {
        all.add(DynamicContainer.dynamicContainer(vector.get("name").asText(), ways(vector)));
      }
    }
    assertThat(all).hasSizeGreaterThan(30);
    return all;
  }

  private static List<DynamicNode> ways(JsonNode vector) {
    Ask async = (client, request) -> client.checkLock(request).get(60, TimeUnit.SECONDS);
    Ask sync = (client, request) -> client.sync().checkLock(request);
    List<DynamicNode> ways = new ArrayList<>();
    for (boolean failOpen : new boolean[] {true, false}) {
      String suffix = failOpen ? ", fail-open" : ", fail-closed";
      ways.add(
          DynamicTest.dynamicTest("async" + suffix, () -> throughClient(vector, async, failOpen)));
      ways.add(
          DynamicTest.dynamicTest("sync" + suffix, () -> throughClient(vector, sync, failOpen)));
    }
    ways.add(DynamicTest.dynamicTest("port", () -> throughPort(vector)));
    return ways;
  }

  private static void throughClient(JsonNode vector, Ask ask, boolean failOpen) {
    JsonNode expect = vector.get("expect");
    try (ScriptedServer server = server(vector);
        OnceOnlyClient client =
            OnceOnlyClient.create(server.options().failOpen(failOpen).build())) {
      CheckLockResult[] result = new CheckLockResult[1];
      Throwable thrown = catchThrowable(() -> result[0] = ask.checkLock(client, request(vector)));
      Throwable failure =
          thrown instanceof java.util.concurrent.ExecutionException ? thrown.getCause() : thrown;
      checkSent(server, vector);
      if (expect.has("outcome")) {
        assertThat(failure).isNull();
        checkResult(result[0], expect);
      } else if (failOpen && expect.get("failsOpen").asBoolean()) {
        assertThat(failure).isNull();
        assertThat(result[0])
            .isInstanceOfSatisfying(
                CheckLockResult.FailOpen.class,
                open -> {
                  assertThat(open.reason().word()).isEqualTo(expect.get("reason").asText());
                  checkError(open.cause(), expect);
                });
      } else {
        checkError(failure, expect);
      }
    }
  }

  private static void throughPort(JsonNode vector) throws Exception {
    JsonNode expect = vector.get("expect");
    JsonNode request = vector.get("request");
    Duration ttl = request.has("ttl") ? Duration.ofSeconds(request.get("ttl").asLong()) : null;
    try (ScriptedServer server = server(vector);
        OnceOnlyClient client = OnceOnlyClient.create(server.options().build())) {
      ClaimAnswer answer =
          client
              .claimService()
              .checkLock(
                  new ClaimRequest(
                      IdempotencyKey.of(request.get("key").asText()),
                      ttl,
                      Map.of(),
                      Duration.ofSeconds(30)))
              .toCompletableFuture()
              .get(60, TimeUnit.SECONDS);
      String outcome = expect.path("outcome").asText("");
      if (outcome.equals("locked")) {
        assertThat(answer).isInstanceOf(ClaimAnswer.Locked.class);
      } else if (outcome.equals("duplicate")) {
        assertThat(answer).isInstanceOf(ClaimAnswer.Duplicate.class);
      } else if (expect.get("failsOpen").asBoolean()) {
        assertThat(answer)
            .isInstanceOfSatisfying(
                ClaimAnswer.Unavailable.class,
                outage -> {
                  assertThat(outage.reason().word()).isEqualTo(expect.get("reason").asText());
                  assertThat(outage.inDoubt()).isTrue();
                  assertThat(outage.requestId())
                      .isEqualTo(server.requests.peek().header("X-Request-Id"));
                });
      } else if (expect.get("error").asText().equals("rate-limit")) {
        assertThat(answer)
            .isEqualTo(new ClaimAnswer.Throttled(seconds(expect.get("retryAfterSeconds"))));
      } else {
        assertThat(answer)
            .isInstanceOfSatisfying(
                ClaimAnswer.Refused.class,
                refused -> {
                  checkError(refused.cause(), expect);
                  assertThat(refused.aboutThisKey())
                      .isEqualTo(expect.get("error").asText().equals("validation"));
                });
      }
    }
  }

  private static void checkSent(ScriptedServer server, JsonNode vector) {
    assertThat(server.requests)
        .singleElement()
        .satisfies(
            sent -> {
              assertThat(sent.method()).isEqualTo("POST");
              assertThat(sent.target()).isEqualTo("/v1/check-lock");
              assertThat(sent.header("Authorization")).isEqualTo("Bearer secret-key-1");
              assertThat(sent.header("Content-Type")).isEqualTo("application/json");
              assertThat(sent.header("X-Request-Id")).hasSize(36);
              assertThat(JSON.readTree(sent.body())).isEqualTo(vector.get("request"));
            });
  }

  private static void checkResult(CheckLockResult result, JsonNode expect) {
    boolean locked = expect.get("outcome").asText().equals("locked");
    assertThat(result)
        .isInstanceOf(locked ? CheckLockResult.Locked.class : CheckLockResult.Duplicate.class);
    if (expect.has("key")) {
      assertThat(result.key()).isEqualTo(expect.get("key").asText());
    }
    Duration ttl;
    String requestId;
    if (result instanceof CheckLockResult.Locked claim) {
      ttl = claim.ttl();
      requestId = claim.requestId();
    } else {
      CheckLockResult.Duplicate duplicate = (CheckLockResult.Duplicate) result;
      ttl = duplicate.ttl();
      requestId = duplicate.requestId();
      if (expect.has("firstSeenAt")) {
        assertThat(duplicate.firstSeenAt())
            .isEqualTo(Instant.parse(expect.get("firstSeenAt").asText()));
      }
    }
    if (expect.has("ttl")) {
      assertThat(ttl).isEqualTo(Duration.ofSeconds(expect.get("ttl").asLong()));
    }
    if (expect.has("requestId")) {
      assertThat(requestId).isEqualTo(expect.get("requestId").asText());
    }
  }

  private static void checkError(Throwable failure, JsonNode expect) {
    Map<String, Class<?>> types =
        Map.of(
            "unauthorized", UnauthorizedException.class,
            "over-limit", OverLimitException.class,
            "rate-limit", RateLimitException.class,
            "validation", ValidationException.class,
            "api", ApiException.class,
            "malformed", MalformedAnswerException.class);
    assertThat(failure).isInstanceOf(types.get(expect.get("error").asText()));
    if (expect.has("message")) {
      assertThat(failure).hasMessage(expect.get("message").asText());
    }
    if (expect.has("messageContains")) {
      assertThat(failure).hasMessageContaining(expect.get("messageContains").asText());
    }
    assertThat(((OnceOnlyException) failure).outage() != null)
        .isEqualTo(expect.get("failsOpen").asBoolean());
    if (failure instanceof ApiException api) {
      assertThat(api.status()).isEqualTo(expect.get("status").asInt());
    }
    if (failure instanceof OverLimitException over) {
      assertThat(over.plan()).isEqualTo(expect.get("plan").asText());
      assertThat(over.limit()).isEqualTo(expect.get("limit").asLong());
      assertThat(over.usage()).isEqualTo(expect.get("usage").asLong());
      assertThat(over.upgradeUrl()).isEqualTo("https://onceonly.tech/pricing");
    }
    if (failure instanceof RateLimitException limit) {
      assertThat(limit.retryAfter()).isEqualTo(seconds(expect.get("retryAfterSeconds")));
    }
  }

  private static Duration seconds(JsonNode value) {
    return value.isNull() ? null : Duration.ofMillis((long) (value.asDouble() * 1_000));
  }

  private static KeyRequest request(JsonNode vector) {
    JsonNode request = vector.get("request");
    KeyRequest asked = KeyRequest.of(request.get("key").asText());
    return request.has("ttl")
        ? asked.withTtl(Duration.ofSeconds(request.get("ttl").asLong()))
        : asked;
  }

  private static ScriptedServer server(JsonNode vector) {
    JsonNode response = vector.get("response");
    Map<String, String> headers = new LinkedHashMap<>();
    response
        .get("headers")
        .properties()
        .forEach(e -> headers.put(e.getKey(), e.getValue().asText()));
    String body =
        response.has("json") ? response.get("json").toString() : response.path("text").asText("");
    return ScriptedServer.start(
        (request, exchange) -> exchange.send(response.get("status").asInt(), headers, body));
  }
}
