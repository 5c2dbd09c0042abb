package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.DUPLICATE;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.FULL;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.LOCKED;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What befalls a Redis, and what the store makes of it. By Redis's own clock. */
class RedisFaultsTest {
  /** A call's wait for a connection and that for its answer, and what a slow machine adds. */
  private static final Duration BOUND = Duration.ofSeconds(8);

  private static final String TIMEOUT = "?timeout-ms=1500";

  private final Vertx vertx = Vertx.vertx();
  private RealRedis redis;
  private RedisClaimStore store;

  @BeforeEach
  void start() throws Exception {
    redis = RealRedis.start();
    store = open(redis.url() + TIMEOUT);
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
  void scriptsThatRedisHasForgottenAreTaughtAgain() throws Exception {
    assertThat(claim("a", "r")).isEqualTo(LOCKED);
    assertThat(redis.ask("SCRIPT", "FLUSH")).isEqualTo("OK");
    assertThat(claim("a", "s")).isEqualTo(DUPLICATE);
    assertThat(claim("b", "s")).isEqualTo(LOCKED);
  }

  @Test
  void aClaimEndsByRedissOwnClockAndRedisForgetsIt() throws Exception {
    assertThat(claim("k", "a")).isEqualTo(LOCKED);
    assertThat(StoreFixture.await(store.checkLock("short", 1, "a", null)).verdict())
        .isEqualTo(LOCKED);
    long left = Long.parseLong(redis.ask("PTTL", "onceonly:short"));
    assertThat(left).isBetween(1_000L, 61_000L);
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> claim("short", "b") == LOCKED);
    assertThat(claim("k", "b")).isEqualTo(DUPLICATE);
  }

  @Test
  void whatIsPrefixedOtherwiseIsAnotherSpace() throws Exception {
    RedisClaimStore other = open(redis.url() + "?prefix=other");
    try {
      assertThat(claim("k", "a")).isEqualTo(LOCKED);
      assertThat(StoreFixture.await(other.checkLock("k", 60, "b", null)).verdict())
          .isEqualTo(LOCKED);
      assertThat(redis.ask("EXISTS", "onceonly:k", "other:k")).isEqualTo("2");
    } finally {
      StoreFixture.await(other.close());
    }
  }

  @Test
  void aKilledRedisIsUnavailableAndFoundAgain() throws Exception {
    assertThat(claim("k", "a")).isEqualTo(LOCKED);
    redis.kill();
    assertUnavailable();
    redis.run();
    Awaitility.await().atMost(BOUND).until(() -> succeeds(store.find("k")));
    assertThat(claim("k", "a")).isEqualTo(LOCKED);
  }

  @Test
  void aFrozenRedisIsWaitedForWithinBounds() throws Exception {
    assertThat(claim("k", "a")).isEqualTo(LOCKED);
    redis.freeze();
    try {
      assertUnavailable();
    } finally {
      redis.thaw();
    }
    Awaitility.await().atMost(BOUND).until(() -> succeeds(store.find("k")));
    assertThat(claim("k", "b")).isEqualTo(DUPLICATE);
  }

  @Test
  void aFullRedisTakesNoNewKeyForgetsNoneAndLetsLeasesBeCompleted() throws Exception {
    claim("held", "a");
    StoreFixture.await(store.checkLock("expired", 1, "a", null));
    StoreFixture.await(store.lease("leased", 60, "l", null));
    redis.ask("CONFIG", "SET", "maxmemory", "1");
    assertThat(claim("new", "a")).isEqualTo(FULL);
    assertThat(StoreFixture.await(store.lease("new", 60, "l", null)))
        .isInstanceOf(LeaseAnswer.Full.class);
    assertThat(claim("held", "b")).isEqualTo(DUPLICATE);
    ResultJson result = new ResultJson("{\"n\":1}".getBytes(UTF_8));
    LeaseView done = StoreFixture.settled(store.complete("leased", "l", result, "h"));
    assertThat(done.resultDropped()).isTrue();
    assertThat(done.result()).isNull();
    LeaseView seen = StoreFixture.await(store.find("leased"));
    assertThat(seen).usingRecursiveComparison().isEqualTo(done);
    assertThat(seen.resultHash()).isEqualTo("h");
    Awaitility.await().atMost(BOUND).until(() -> claim("expired", "b") == LOCKED);
    assertThat(StoreFixture.await(store.release("held", "a"))).isTrue();
    redis.ask("CONFIG", "SET", "maxmemory", "0");
    assertThat(claim("new", "a")).isEqualTo(LOCKED);
  }

  @Test
  void aRedisThatWouldEvictClaimsIsRefused() throws Exception {
    redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    StoreFixture.await(open(redis.url()).close());
    redis.ask("CONFIG", "SET", "maxmemory", "100mb");
    assertRefused(redis.url(), "maxmemory-policy allkeys-lru", "set it to noeviction");
  }

  @Test
  void anAnswerWaitsForAsManyReplicasAsAreAskedFor() throws Exception {
    RedisClaimStore careful = open(redis.url() + TIMEOUT + "&wait-replicas=1");
    try {
      assertThatThrownBy(() -> StoreFixture.await(careful.checkLock("alone", 60, "a", null)))
          .hasCauseInstanceOf(StoreUnavailableException.class);
      try (RealRedis replica = redis.startReplica()) {
        List<Future<CheckLockAnswer>> many = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
          many.add(careful.checkLock("k" + i, 60, "a", null));
        }
        many.forEach(each -> assertThat(StoreFixture.await(each).verdict()).isEqualTo(LOCKED));
        assertThat(replica.ask("DBSIZE")).isEqualTo(redis.ask("DBSIZE"));
        assertRefused(replica.url(), "is a replica");
      }
    } finally {
      StoreFixture.await(careful.close());
    }
  }

  @Test
  void anAnswerGivenAgainWaitsAgainWhoeverIsAsked() throws Exception {
    try (RealRedis replica = redis.startReplica()) {
      replica.freeze();
      for (int server = 0; server < 2; server++) {
        RedisClaimStore careful = open(redis.url() + TIMEOUT + "&wait-replicas=1");
        try {
          assertThatThrownBy(() -> StoreFixture.await(careful.checkLock("k", 600, "a", null)))
              .hasCauseInstanceOf(StoreUnavailableException.class);
          assertThat(StoreFixture.await(careful.checkLock("k", 600, "b", null)).verdict())
              .isEqualTo(DUPLICATE);
        } finally {
          StoreFixture.await(careful.close());
        }
      }
      replica.thaw();
      RedisClaimStore careful = open(redis.url() + TIMEOUT + "&wait-replicas=1");
      assertThat(StoreFixture.await(careful.checkLock("k", 600, "a", null)).verdict())
          .isEqualTo(LOCKED);
      StoreFixture.await(careful.close());
    }
  }

  @Test
  void whatAnotherVersionHasWrittenInAnotherFormatIsRefused() throws Exception {
    assertThat(redis.ask("GET", "onceonly.format")).isEqualTo("2");
    for (String written : List.of("1", "3")) {
      redis.ask("SET", "onceonly.format", written);
      assertRefused(redis.url(), "is of format " + written + ", and this version reads 2");
      assertThat(redis.ask("GET", "onceonly.format")).isEqualTo(written);
    }
  }

  @Test
  void aPasswordIsGivenAndNeverShown() throws Exception {
    try (RealRedis locked = RealRedis.start("--requirepass", "top secret@/")) {
      String url = "redis://:top%20secret%40%2F@127.0.0.1:" + locked.port();
      RedisClaimStore opened = open(url);
      assertThat(StoreFixture.await(opened.checkLock("k", 60, "a", null)).verdict())
          .isEqualTo(LOCKED);
      StoreFixture.await(opened.close());
      assertThat(RedisSettings.of(url).toString()).doesNotContain("secret");
      assertRefused(url.replace("top", "wrong"), "WRONGPASS");
      assertRefused(locked.url(), "NOAUTH");
    }
  }

  @Test
  void whatIsNotThereOrOfAnotherKindIsNamed() throws Exception {
    int nobody = RealRedis.freePort();
    assertRefused("redis://127.0.0.1:" + nobody, "127.0.0.1:" + nobody, "can't be reached");
    assertRefused(redis.url() + "?cluster=true", "cluster=true");
    assertRefused("redis://127.0.0.1:" + redis.port() + "/99", "127.0.0.1:" + redis.port() + "/99");
  }

  @Test
  void whatIsAskedOfAClosedStoreFails() {
    StoreFixture.await(store.close());
    assertThatThrownBy(() -> claim("k", "a")).hasCauseInstanceOf(StoreUnavailableException.class);
    StoreFixture.await(store.close());
  }

  private CheckLockAnswer.Verdict claim(String key, String requestId) {
    return StoreFixture.await(store.checkLock(key, 600, requestId, null)).verdict();
  }

  private void assertUnavailable() {
    long began = System.nanoTime();
    assertThatThrownBy(() -> claim("k", "a")).hasCauseInstanceOf(StoreUnavailableException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(BOUND);
  }

  private void assertRefused(String url, String... told) {
    assertThatThrownBy(() -> open(url))
        .cause()
        .isInstanceOf(StoreOpenException.class)
        .satisfies(
            refusal -> assertThat(refusal.getMessage()).contains(told).doesNotContain("secret"));
  }

  private RedisClaimStore open(String url) {
    return StoreFixture.await(RedisClaimStore.open(vertx, RedisSettings.of(url), null));
  }

  private static boolean succeeds(Future<LeaseView> found) {
    return StoreFixture.await(
        found.transform((ok, fault) -> Future.succeededFuture(fault == null)));
  }
}
