package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.DUPLICATE;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.LOCKED;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RedisClusterStoreTest extends ClaimStoreContract {
  private static final AtomicInteger PREFIXES = new AtomicInteger();
  private static RealRedisCluster cluster;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
  private String prefix;

  @BeforeAll
  static void startCluster() throws Exception {
    cluster = RealRedisCluster.start();
  }

  @AfterAll
  static void stopCluster() throws Exception {
    if (cluster != null) {
      cluster.close();
    }
  }

  @AfterEach
  @Override
  void close() {
    super.close();
    await(vertx.close());
  }

  @Override
  ClaimStore newStore(InstantSource clock, int maxKeys) {
    prefix = "test-" + PREFIXES.incrementAndGet();
    String url = cluster.url() + "&timeout-ms=1000&prefix=" + prefix;
    return await(RedisClaimStore.open(vertx, RedisSettings.of(url), clock));
  }

  @Override
  boolean isBoundedByKeys() {
    return false;
  }

  @Test
  void slotsAreComputedAsRedisDoes() throws Exception {
    for (String name : List.of("", "k", "a{b}c", "a{}b", "{x", "ß/c", "onceonly:k{1}{2}")) {
      assertThat(HashSlot.of(name.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
          .as(name)
          .isEqualTo(cluster.slotOf(name));
    }
  }

  @Test
  void keysAreSpreadOverTheNodes() throws Exception {
    claimMany("k");
    for (RealRedis node : cluster.nodes()) {
      assertThat(Integer.parseInt(node.ask("DBSIZE"))).isPositive();
    }
  }

  @Test
  void aSlotOnItsWayToAnotherNodeIsFollowed() throws Exception {
    RealRedis from = cluster.holderOf(name("{t}0"));
    RealRedis to = cluster.nodes().stream().filter(node -> node != from).findFirst().orElseThrow();
    String slot = "" + cluster.slotOf(name("{t}0"));
    assertThat(checkLock("{t}0", 60, "a").verdict()).isEqualTo(LOCKED);

    to.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", from.ask("CLUSTER", "MYID"));
    from.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", to.ask("CLUSTER", "MYID"));
    claimMany("{t}");
    assertThat(to.ask("EXISTS", name("{t}7"))).startsWith("-MOVED");
    assertThat(checkLock("{t}0", 60, "b").verdict()).isEqualTo(DUPLICATE);
    assertThat(checkLock("{t}7", 60, "b").verdict()).isEqualTo(DUPLICATE);

    from.ask("MIGRATE", "127.0.0.1", "" + to.port(), name("{t}0"), "0", "5000");
    assertThat(checkLock("{t}0", 60, "b").verdict()).isEqualTo(DUPLICATE);
    for (RealRedis node : cluster.nodes()) {
      node.ask("CLUSTER", "SETSLOT", slot, "NODE", to.ask("CLUSTER", "MYID"));
    }
    for (int i = 0; i < 500; i++) {
      assertThat(checkLock("{t}" + i, 60, "b").verdict()).isEqualTo(DUPLICATE);
    }
    assertThat(to.ask("EXISTS", name("{t}7"))).isEqualTo("1");
  }

  @Test
  void aNodeThatIsAwayTakesItsOwnKeysWithItAndNoOthers() throws Exception {
    String here = "k";
    RealRedis away = cluster.holderOf(name(here));
    String elsewhere = "k";
    while (cluster.holderOf(name(elsewhere)) == away) {
      elsewhere += "+";
    }
    assertThat(checkLock(here, 60, "a").verdict()).isEqualTo(LOCKED);
    away.kill();
    try {
      assertThatThrownBy(() -> checkLock(here, 60, "b"))
          .hasCauseInstanceOf(StoreUnavailableException.class);
      assertThat(checkLock(elsewhere, 60, "a").verdict()).isEqualTo(LOCKED);
    } finally {
      away.run();
    }
    cluster.awaitWhole();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> checkLock(here, 60, "b").verdict() == DUPLICATE);
  }

  private void claimMany(String beginning) {
    List<io.vertx.core.Future<CheckLockAnswer>> asked = new ArrayList<>();
    together(
        batch -> {
          for (int i = 0; i < 500; i++) {
            asked.add(batch.checkLock(beginning + i, 60, "a", null));
          }
        });
    asked.forEach(answer -> assertThat(await(answer).verdict()).isEqualTo(LOCKED));
  }

  private String name(String key) {
    return prefix + ":" + key;
  }
}
