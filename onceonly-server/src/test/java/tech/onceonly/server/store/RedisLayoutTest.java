package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.DUPLICATE;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.LOCKED;
import static tech.onceonly.server.store.StoreFixture.await;
import static tech.onceonly.server.store.StoreFixture.fingerprint;

import io.vertx.core.Vertx;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * In Redis a claim alone is a string, and a hash where there is more to keep; of two servers on one
 * Redis. By Redis's own clock.
 */
class RedisLayoutTest {
  private static final int ROUNDS = 50;
  private static RealRedis redis;

  private final Vertx vertx = Vertx.vertx();
  private RedisClaimStore one;
  private RedisClaimStore other;

  @BeforeAll
  static void startRedis() throws Exception {
    redis = RealRedis.start();
  }

  @AfterAll
  static void stopRedis() throws Exception {
    if (redis != null) {
      redis.close();
    }
  }

  @BeforeEach
  void open() throws Exception {
    redis.ask("FLUSHALL");
    one = await(RedisClaimStore.open(vertx, RedisSettings.of(redis.url()), null));
    other = await(RedisClaimStore.open(vertx, RedisSettings.of(redis.url()), null));
  }

  @AfterEach
  void close() {
    await(one.close());
    await(other.close());
    await(vertx.close());
  }

  @Test
  void aClaimStaysAsItIsWhenItsKeyIsLeased() throws Exception {
    CheckLockAnswer won = await(one.checkLock("k", 600, "a", fingerprint("one")));
    assertThat(typeOf("k")).isEqualTo("string");
    StoreFixture.acquired(await(other.lease("k", 60, "l", null)));
    assertThat(typeOf("k")).isEqualTo("hash");
    assertThat(await(other.checkLock("k", 60, "a", null))).isEqualTo(won);
    assertThat(await(other.checkLock("k", 60, "b", fingerprint("two"))))
        .isEqualTo(new CheckLockAnswer(DUPLICATE, 600, won.firstSeenMillis(), true));
    KeyView seen = await(other.keys().inspect("k"));
    assertThat(seen.claim().firstSeenMillis()).isEqualTo(won.firstSeenMillis());
    assertThat(seen.lease().status()).isEqualTo(LeaseView.Status.IN_PROGRESS);
    StoreFixture.settled(one.complete("k", "l", null, "h"));
    assertThat(await(one.release("k", "a"))).isTrue();
  }

  @Test
  void whatOnlyLooksLeavesAClaimAString() throws Exception {
    await(one.checkLock("k", 600, "a", null));
    assertThat(await(one.find("k")).status()).isEqualTo(LeaseView.Status.FREE);
    StoreFixture.lost(one.complete("k", "l", null, null));
    assertThat(await(one.release("k", "b"))).isFalse();
    assertThat(await(one.keys().inspect("k")).claim()).isNotNull();
    for (KeyStore.Which which : KeyStore.Which.values()) {
      assertThat(await(one.keys().list("", which, 10, null)).keys())
          .hasSize(which == KeyStore.Which.HELD ? 1 : 0);
    }
    assertThat(typeOf("k")).isEqualTo("string");
  }

  @Test
  void aHashOutlivesTheClaimThatItWasMadeOf() throws Exception {
    await(one.checkLock("k", 1, "a", null));
    await(one.lease("k", 600, "l", null));
    assertThat(Long.parseLong(redis.ask("PTTL", "onceonly:k"))).isGreaterThan(600_000);
    // Longer than what an ended lease is remembered for.
    await(one.checkLock("long", 200_000, "a", null));
    await(one.lease("long", 1, "l", null));
    assertThat(Long.parseLong(redis.ask("PTTL", "onceonly:long"))).isGreaterThan(200_000_000);
  }

  /** Of a user who may not: commands are allowed one by one. */
  @Test
  void aClaimStaysWhereRedisRefusesTheHash() throws Exception {
    redis.ask("ACL", "SETUSER", "svc", "on", ">pw", "~*", "&*", "+@all", "-hset");
    RedisClaimStore limited =
        await(
            RedisClaimStore.open(
                vertx, RedisSettings.of(redis.url().replace("://", "://svc:pw@")), null));
    CheckLockAnswer won = await(limited.checkLock("k", 600, "a", null));
    assertThatThrownBy(() -> await(limited.lease("k", 60, "l", null)))
        .hasCauseInstanceOf(StoreUnavailableException.class);
    assertThatThrownBy(() -> await(limited.release("k", "a")))
        .hasCauseInstanceOf(StoreUnavailableException.class);

    assertThat(await(one.checkLock("k", 60, "b", null)).verdict()).isEqualTo(DUPLICATE);
    assertThat(await(one.checkLock("k", 60, "a", null))).isEqualTo(won);
    assertThat(Long.parseLong(redis.ask("PTTL", "onceonly:k"))).isBetween(600_000L, 660_000L);
    await(limited.close());
  }

  @Test
  void aFreedClaimLeavesNothing() throws Exception {
    await(one.checkLock("k", 600, "a", null));
    assertThat(await(other.keys().free("k")).claim()).isNotNull();
    assertThat(typeOf("k")).isEqualTo("none");
  }

  /** As servers wrote it before claims were strings. */
  @Test
  void aClaimInAHashIsReadAndGivenBack() throws Exception {
    String now = redis.ask("TIME").replaceAll("\\D*(\\d+).*", "$1") + "000";
    redis.ask("HSET", "onceonly:k", "at", now, "ttl", "600", "by", "a");
    redis.ask("PEXPIRE", "onceonly:k", "660000");
    assertThat(await(one.checkLock("k", 60, "a", null)))
        .isEqualTo(new CheckLockAnswer(LOCKED, 600, Long.parseLong(now), false));
    assertThat(await(one.checkLock("k", 60, "b", null)).verdict()).isEqualTo(DUPLICATE);
    assertThat(await(one.release("k", "a"))).isTrue();
    assertThat(await(one.checkLock("k", 60, "a", null)).verdict()).isEqualTo(DUPLICATE);
    assertThat(await(one.checkLock("k", 60, "b", null)).verdict()).isEqualTo(LOCKED);
  }

  @Test
  void aStringBecomesAHashOnceWhoeverRaces() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      String key = "k" + round;
      await(one.checkLock(key, 600, "owner", null));
      List<Object> answers = StoreFixture.race(8, racer -> await(turn(key, racer)));
      long leased = answers.stream().filter(LeaseAnswer.Acquired.class::isInstance).count();
      assertThat(leased).as("%s", answers).isEqualTo(1);
      // The owner's release comes at any place: before it nobody else wins, after it one.
      long won = answers.stream().filter(RedisLayoutTest::isWon).count();
      assertThat(won).as("%s", answers).isLessThanOrEqualTo(1);
      assertThat(answers).contains(true);
      boolean isHeld = await(one.keys().inspect(key)).claim() != null;
      assertThat(isHeld).as("%s", answers).isEqualTo(won == 1);
      assertThat(await(one.keys().inspect(key)).lease()).isNotNull();
    }
  }

  private io.vertx.core.Future<?> turn(String key, int racer) {
    RedisClaimStore store = racer % 2 == 0 ? one : other;
    return switch (racer / 2) {
      case 0 -> store.lease(key, 600, "l" + racer, null);
      case 1, 2 -> store.checkLock(key, 600, "r" + racer, null);
      default -> racer == 7 ? store.release(key, "owner") : store.keys().inspect(key);
    };
  }

  private static boolean isWon(Object answer) {
    return answer instanceof CheckLockAnswer claim && claim.verdict() == LOCKED;
  }

  private static String typeOf(String key) throws Exception {
    return redis.ask("TYPE", "onceonly:" + key);
  }
}
