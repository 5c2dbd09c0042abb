package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.onceonly.server.store.RealRedis;

/**
 * A server process, under load by several clients, is killed and started again: all that was
 * acknowledged is still there. {@code -Dkills=20} kills it so many times.
 */
class KilledServerTest {
  private static final int KILLS = Integer.getInteger("kills", 3);
  private static final int CLIENTS = 4;
  private static final int BATCH = 20;

  /** What is acknowledged before each kill, at least: the kill comes in the midst of more. */
  private static final int ACKNOWLEDGED_BEFORE_A_KILL = 200;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** By key: the request ids that won it, the lease ids that hold it or have completed it. */
  private final Map<String, String> claimed = new ConcurrentHashMap<>();

  private final Map<String, String> leased = new ConcurrentHashMap<>();
  private final Map<String, String> completed = new ConcurrentHashMap<>();
  private final AtomicInteger acknowledged = new AtomicInteger();
  private final AtomicInteger keys = new AtomicInteger();

  @Test
  void everyAcknowledgedClaimOutlivesKillsOnDisk(@TempDir Path directory) throws Exception {
    everyAcknowledgedClaimOutlivesKills("rocksdb:" + directory);
  }

  @Test
  void everyAcknowledgedClaimOutlivesKillsOnARedis() throws Exception {
    try (RealRedis redis = RealRedis.start()) {
      everyAcknowledgedClaimOutlivesKills(redis.url());
    }
  }

  private void everyAcknowledgedClaimOutlivesKills(String store) throws Exception {
    for (int kill = 0; kill < KILLS; kill++) {
      try (ServerProcess server = ServerProcess.start(store)) {
        checkAll(server.baseUrl());
        loadAndKill(server);
      }
    }
    try (ServerProcess server = ServerProcess.start(store)) {
      checkAll(server.baseUrl());
    }
    assertThat(claimed).isNotEmpty();
    assertThat(leased).isNotEmpty();
    assertThat(completed).isNotEmpty();
  }

  private void loadAndKill(ServerProcess server) throws Exception {
    int enough = acknowledged.get() + ACKNOWLEDGED_BEFORE_A_KILL;
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        running.add(clients.submit(() -> claimUntilItIsGone(server.baseUrl())));
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(1))
          .until(() -> acknowledged.get() >= enough || running.stream().anyMatch(Future::isDone));
      server.kill();
      for (Future<?> client : running) {
        client.get(60, TimeUnit.SECONDS);
      }
    } finally {
      clients.shutdownNow();
    }
    assertThat(acknowledged.get()).isGreaterThanOrEqualTo(enough);
  }

  private Void claimUntilItIsGone(String baseUrl) throws Exception {
    while (true) {
      int number = keys.incrementAndGet();
      try {
        switch (number % 4) {
          case 0 -> claimABatch(baseUrl, number);
          case 1 -> lease(baseUrl, "lease-" + number, false);
          case 2 -> lease(baseUrl, "done-" + number, true);
          default -> claimOne(baseUrl, "one-" + number);
        }
      } catch (IOException e) {
        // Killed. What was on its way was not acknowledged, and may be there or not.
        return null;
      }
    }
  }

  private void claimOne(String baseUrl, String key) throws Exception {
    JsonNode answer = post(baseUrl, "/check-lock", Map.of("key", key), "X-Request-Id", "r-" + key);
    assertThat(answer.get("status").asText()).isEqualTo("locked");
    acknowledge(claimed, key, "r-" + key);
  }

  private void claimABatch(String baseUrl, int number) throws Exception {
    List<String> batch = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      batch.add("batch-" + number + "-" + i);
    }
    List<String> verdicts = checkLocks(baseUrl, batch, "r-");
    assertThat(verdicts).hasSize(BATCH).containsOnly("locked");
    batch.forEach(key -> acknowledge(claimed, key, "r-" + key));
  }

  private void lease(String baseUrl, String key, boolean completes) throws Exception {
    String leaseId = post(baseUrl, "/ai/lease", Map.of("key", key)).get("lease_id").asText();
    acknowledge(leased, key, leaseId);
    if (completes) {
      // From here on it may be the one or the other, until the answer is there.
      leased.remove(key);
      JsonNode answer =
          post(
              baseUrl,
              "/ai/complete",
              Map.of("key", key, "lease_id", leaseId, "result", Map.of("paid", key)));
      assertThat(answer.get("status").asText()).isEqualTo("completed");
      acknowledge(completed, key, leaseId);
    }
  }

  private void acknowledge(Map<String, String> where, String key, String by) {
    where.put(key, by);
    acknowledged.incrementAndGet();
  }

  private void checkAll(String baseUrl) throws Exception {
    List<String> all = List.copyOf(claimed.keySet());
    for (int from = 0; from < all.size(); from += 500) {
      List<String> some = all.subList(from, Math.min(from + 500, all.size()));
      assertThat(checkLocks(baseUrl, some, "other-")).containsOnly("duplicate");
      assertThat(checkLocks(baseUrl, some, "r-")).containsOnly("locked");
    }
    for (String key : leased.keySet()) {
      assertThat(post(baseUrl, "/ai/lease", Map.of("key", key)).get("status").asText())
          .as(key)
          .isEqualTo("in_progress");
    }
    for (String key : completed.keySet()) {
      assertThat(get(baseUrl, "/ai/result?key=" + key).at("/result/paid").asText()).isEqualTo(key);
    }
  }

  private List<String> checkLocks(String baseUrl, List<String> batch, String requestIdPrefix)
      throws Exception {
    List<List<Object>> operations = new ArrayList<>();
    for (String key : batch) {
      operations.add(List.of("check-lock", requestIdPrefix + key, Map.of("key", key)));
    }
    JsonNode answers = post(baseUrl, "/batch", Map.of("operations", operations)).get("answers");
    return answers.findValues("body").stream().map(body -> body.get("status").asText()).toList();
  }

  private JsonNode post(String baseUrl, String path, Object body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        request(baseUrl, path).POST(BodyPublishers.ofString(Api.JSON.writeValueAsString(body)));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request);
  }

  private JsonNode get(String baseUrl, String path) throws Exception {
    return send(request(baseUrl, path));
  }

  private JsonNode send(HttpRequest.Builder request) throws Exception {
    HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Api.JSON.readTree(response.body());
  }

  private static HttpRequest.Builder request(String baseUrl, String path) {
    return HttpRequest.newBuilder(URI.create(baseUrl + path))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", "Bearer key");
  }
}
