package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import tech.onceonly.server.store.RealRedis;

/** Two server processes on one Redis are one service. */
class TwoServersTest {
  private static final int CLIENTS = 64;
  private static final int KEYS = 10_000;
  private static final int BATCH = 500;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @Test
  void ofManyClientsOfBothOneWinsEachKey() throws Exception {
    try (RealRedis redis = RealRedis.start();
        ServerProcess one = ServerProcess.start(redis.url());
        ServerProcess other = ServerProcess.start(redis.url())) {
      AtomicIntegerArray winners = new AtomicIntegerArray(KEYS);
      race(winners, List.of(one.baseUrl(), other.baseUrl()));
      for (int key = 0; key < KEYS; key++) {
        assertThat(winners.get(key)).as("winners of %d", key).isEqualTo(1);
      }
    }
  }

  private void race(AtomicIntegerArray winners, List<String> baseUrls) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    try {
      List<Callable<Void>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int client = i;
        clients.add(() -> claimAll(winners, client, baseUrls.get(client % baseUrls.size())));
      }
      for (Future<Void> ended : threads.invokeAll(clients, 300, TimeUnit.SECONDS)) {
        ended.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** All keys, in batches whose order is each client's own. */
  private Void claimAll(AtomicIntegerArray winners, int client, String baseUrl) throws Exception {
    List<Integer> batches = new ArrayList<>();
    for (int first = 0; first < KEYS; first += BATCH) {
      batches.add(first);
    }
    Collections.shuffle(batches, new Random(client));
    for (int first : batches) {
      List<List<Object>> operations = new ArrayList<>();
      for (int key = first; key < first + BATCH; key++) {
        operations.add(List.of("check-lock", client + "-" + key, Map.of("key", "race-" + key)));
      }
      JsonNode answers = post(baseUrl, Map.of("operations", operations)).get("answers");
      assertThat(answers).hasSize(BATCH);
      for (int i = 0; i < BATCH; i++) {
        String status = answers.get(i).findValue("body").get("status").asText();
        assertThat(status).isIn("locked", "duplicate");
        if (status.equals("locked")) {
          winners.incrementAndGet(first + i);
        }
      }
    }
    return null;
  }

  private JsonNode post(String baseUrl, Object body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(baseUrl + "/batch"))
            .timeout(Duration.ofSeconds(120))
            .header("Authorization", "Bearer key")
            .POST(BodyPublishers.ofString(Api.JSON.writeValueAsString(body)))
            .build();
    HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Api.JSON.readTree(response.body());
  }
}
