package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A Redis that came to drop live claims is told of, though the start found it in order. */
class RedisEvictionsTest {
  private static final Duration BOUND = Duration.ofSeconds(30);

  /** Of one event loop, and so one connection. */
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));

  private RealRedis redis;
  private RedisClaimStore store;

  @BeforeEach
  void start() throws Exception {
    redis = RealRedis.start();
    store = open(redis.url());
  }

  @AfterEach
  void stop() throws Exception {
    if (store != null) {
      StoreFixture.await(store.close());
    }
    StoreFixture.await(vertx.close());
    if (redis != null) {
      redis.close();
    }
  }

  @Test
  void oneThatIsSetUpOtherwiseIsToldOfOnceItIsConnectedToAgain() throws Exception {
    StoreFixture.await(store.find("k"));
    assertThat(store.evictingNodes()).isZero();
    redis.ask("CONFIG", "SET", "maxmemory", "100mb");
    redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    cutOff();
    awaitEvicting(1);

    redis.ask("CONFIG", "SET", "maxmemory-policy", "noeviction");
    cutOff();
    awaitEvicting(0);
  }

  @Test
  void aPolicyWithoutABoundDropsNothing() throws Exception {
    redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    cutOff();
    awaitAsked();
    assertThat(store.evictingNodes()).isZero();
  }

  /** Of a user who may not read it, which the start warned of. */
  @Test
  void oneThatDoesNotTellIsNoMatter() throws Exception {
    redis.ask("ACL", "SETUSER", "svc", "on", ">pw", "~*", "+@all", "-info");
    RedisClaimStore limited = open(redis.url().replace("://", "://svc:pw@"));
    cutOff();
    Awaitility.await().atMost(BOUND).until(() -> succeeds(limited.find("k")));
    assertThat(limited.evictingNodes()).isZero();
    StoreFixture.await(limited.close());
  }

  @Test
  void theReplicaThatTakesOverIsLookedAtToo() throws Exception {
    try (RealRedis replica = redis.startReplica();
        RealRedis sentinel = redis.startSentinel()) {
      Awaitility.await()
          .atMost(BOUND)
          .until(() -> sentinel.ask("SENTINEL", "REPLICAS", "main").contains("slave-priority"));
      RedisClaimStore watched = open(sentinel.url() + "?sentinel=main");
      replica.ask("CONFIG", "SET", "maxmemory", "100mb");
      replica.ask("CONFIG", "SET", "maxmemory-policy", "volatile-ttl");
      redis.kill();
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> succeeds(watched.find("k")) && watched.evictingNodes() == 1);
      StoreFixture.await(watched.close());
    }
  }

  private void cutOff() throws Exception {
    assertThat(redis.ask("CLIENT", "KILL", "TYPE", "normal")).isNotEmpty();
  }

  private void awaitEvicting(int nodes) {
    Awaitility.await()
        .atMost(BOUND)
        .until(() -> succeeds(store.find("k")) && store.evictingNodes() == nodes);
  }

  /** Until it has looked at a new connection: what it sent comes before what is sent now. */
  private void awaitAsked() {
    Awaitility.await().atMost(BOUND).until(() -> succeeds(store.find("k")));
    StoreFixture.await(store.find("k"));
  }

  private RedisClaimStore open(String url) {
    return StoreFixture.await(RedisClaimStore.open(vertx, RedisSettings.of(url), null));
  }

  private static boolean succeeds(Future<LeaseView> found) {
    return StoreFixture.await(
        found.transform((ok, fault) -> Future.succeededFuture(fault == null)));
  }
}
