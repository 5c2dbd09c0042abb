package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.DUPLICATE;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.LOCKED;
import static tech.onceonly.server.store.StoreFixture.await;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A master of a cluster is killed in the midst of claims, and its replica is put in its place. */
class RedisClusterFailoverTest {
  private static final int CLAIMERS = 4;
  private static final int ENOUGH = 200;
  private static final Duration BOUND = Duration.ofSeconds(30);

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
  private String prefix = "p";
  private RealRedisCluster cluster;
  private ClaimStore store;

  @BeforeEach
  void start() throws Exception {
    cluster = RealRedisCluster.startWithReplica();
    // The first node is the only one with a replica: the format's key has to be there too.
    while (!isOfTheFirst(prefix + ".format")) {
      prefix += "p";
    }
    String url = cluster.url() + "&timeout-ms=1000&wait-replicas=1&prefix=" + prefix;
    store = await(RedisClaimStore.open(vertx, RedisSettings.of(url), null));
  }

  @AfterEach
  void stop() throws Exception {
    if (store != null) {
      await(store.close());
    }
    await(vertx.close());
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void noClaimThatAReplicaAcknowledgedIsLostAndTheServiceGoesOn() throws Exception {
    AtomicBoolean ended = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(CLAIMERS);
    try {
      List<Future<?>> claimers = new ArrayList<>();
      for (int i = 0; i < CLAIMERS; i++) {
        int claimer = i;
        claimers.add(threads.submit(() -> claimUntil(ended, claimer)));
      }
      Awaitility.await().atMost(BOUND).until(() -> acknowledged.size() > ENOUGH);
      cluster.nodes().get(0).kill();
      Awaitility.await()
          .atMost(BOUND)
          .until(() -> cluster.replica().ask("INFO", "replication").contains("role:master"));
      String held = acknowledged.iterator().next();
      Awaitility.await().atMost(BOUND).ignoreExceptions().until(() -> isHeld(held));
      ended.set(true);
      for (Future<?> claimer : claimers) {
        claimer.get(30, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
    assertAllHeld();

    // Nobody is left to acknowledge new ones, until the killed node is back as a replica.
    assertThatThrownBy(() -> claim(keyOfTheFirst("new")))
        .hasCauseInstanceOf(StoreUnavailableException.class);
    cluster.nodes().get(0).run();
    int[] attempt = {0};
    Awaitility.await()
        .atMost(BOUND)
        .ignoreExceptions()
        .until(() -> claim(keyOfTheFirst("later-" + attempt[0]++ + "-")) == LOCKED);
    assertAllHeld();
  }

  /** Each is asked for until there is an answer: a connection may end once more meanwhile. */
  private void assertAllHeld() {
    for (String key : acknowledged) {
      Awaitility.await(key)
          .atMost(BOUND)
          .pollDelay(Duration.ZERO)
          .ignoreExceptions()
          .until(() -> isHeld(key));
    }
  }

  private void claimUntil(AtomicBoolean ended, int claimer) {
    for (int i = 0; !ended.get(); i++) {
      String key = keyOfTheFirst("k-" + claimer + "-" + i + "-");
      try {
        if (claim(key) == LOCKED) {
          acknowledged.add(key);
        }
      } catch (CompletionException e) {
        assertThat(e).hasCauseInstanceOf(StoreUnavailableException.class);
      }
    }
  }

  private CheckLockAnswer.Verdict claim(String key) {
    return await(store.checkLock(key, 3_600, "winner", null)).verdict();
  }

  private boolean isHeld(String key) {
    return await(store.checkLock(key, 3_600, "another", null)).verdict() == DUPLICATE;
  }

  private String keyOfTheFirst(String beginning) {
    int i = 0;
    while (!isOfTheFirst(prefix + ":" + beginning + i)) {
      i++;
    }
    return beginning + i;
  }

  private static boolean isOfTheFirst(String name) {
    return HashSlot.of(name.getBytes(UTF_8)) < HashSlot.COUNT / 3;
  }
}
