package tech.onceonly.api;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.testing.Await.PATIENCE;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.client.CheckLockResult;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.ConnectionOptions;
import tech.onceonly.client.LeaseResult;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;

/** The client's batches at the project's server: the same answers, in fewer requests. */
class BatchedClientTest {

  private static final int KEYS = 2_000;

  private final OnceOnlyServer server =
      OnceOnlyServer.start(ServerOptions.builder().apiKey("k").build());
  private final List<OnceOnlyClient> clients = new ArrayList<>();

  @AfterEach
  void stop() {
    clients.forEach(OnceOnlyClient::close);
    server.close();
  }

  @Test
  void ofManyRacersOneWinsEachKey() {
    Map<String, Integer> winners = new HashMap<>();
    List<CompletableFuture<CheckLockResult>> calls = new ArrayList<>();
    List<String> keys = new ArrayList<>(IntStream.range(0, KEYS).mapToObj(i -> "k" + i).toList());
    for (int racer = 0; racer < 4; racer++) {
      OnceOnlyClient client = open();
      Collections.shuffle(keys, new Random(racer));
      keys.forEach(key -> calls.add(client.checkLock(key)));
    }
    for (CompletableFuture<CheckLockResult> call : calls) {
      assertThat(call).succeedsWithin(PATIENCE);
      CheckLockResult result = call.join();
      if (result instanceof CheckLockResult.Locked) {
        winners.merge(result.key(), 1, Integer::sum);
      } else {
        assertThat(result).isInstanceOf(CheckLockResult.Duplicate.class);
      }
    }
    assertThat(winners).hasSize(KEYS).allSatisfy((key, times) -> assertThat(times).isEqualTo(1));
  }

  @Test
  void leasesLiveTheirWholeLife() {
    OnceOnlyClient owner = open();
    OnceOnlyClient other = open();
    List<LeaseResult.Acquired> leases = new ArrayList<>();
    for (LeaseResult result : lease(owner)) {
      leases.add((LeaseResult.Acquired) result);
    }
    assertThat(lease(other)).allMatch(LeaseResult.InProgress.class::isInstance);
    List<CompletableFuture<?>> settled = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      LeaseResult.Acquired lease = leases.get(i);
      settled.add(owner.extend(lease.key(), lease.leaseId(), Duration.ofMinutes(5)));
      settled.add(
          i % 2 == 0
              ? owner.complete(lease.key(), lease.leaseId(), Map.of("n", i), null)
              : owner.cancel(lease.key(), lease.leaseId(), "again"));
    }
    settled.forEach(call -> assertThat(call).succeedsWithin(PATIENCE));
    List<LeaseResult> after = lease(other);
    for (int i = 0; i < KEYS; i++) {
      if (i % 2 == 0) {
        assertThat(after.get(i)).isInstanceOf(LeaseResult.Completed.class);
      } else {
        assertThat(after.get(i))
            .isInstanceOfSatisfying(
                LeaseResult.Acquired.class, lease -> assertThat(lease.version()).isEqualTo(2));
      }
    }
    assertThat(other.result("k4"))
        .succeedsWithin(PATIENCE)
        .satisfies(result -> assertThat(result.json()).isEqualTo("{\"n\":4}"));
  }

  private List<LeaseResult> lease(OnceOnlyClient client) {
    return IntStream.range(0, KEYS)
        .mapToObj(i -> client.lease("k" + i, Duration.ofMinutes(1)))
        .toList()
        .stream()
        .map(
            call -> {
              assertThat(call).succeedsWithin(PATIENCE);
              return call.join();
            })
        .toList();
  }

  /** One that knows already what the server offers. */
  private OnceOnlyClient open() {
    OnceOnlyClient client =
        OnceOnlyClient.create(
            ClientOptions.builder()
                .environment(Map.of())
                .apiKey("k")
                .baseUrl(server.baseUrl().toString())
                .requestTimeout(PATIENCE)
                .connections(ConnectionOptions.DEFAULTS)
                .build());
    clients.add(client);
    assertThat(client.me()).succeedsWithin(PATIENCE);
    return client;
  }
}
