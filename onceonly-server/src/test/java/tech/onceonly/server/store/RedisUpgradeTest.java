package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.DUPLICATE;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.LOCKED;
import static tech.onceonly.server.store.StoreFixture.acquired;
import static tech.onceonly.server.store.StoreFixture.await;
import static tech.onceonly.server.store.StoreFixture.fingerprint;
import static tech.onceonly.server.store.StoreFixture.lost;
import static tech.onceonly.server.store.StoreFixture.settled;
import static tech.onceonly.server.store.StoreFixture.taken;

import io.vertx.core.Vertx;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The way from format 1 to 2 that docs/server.md tells: old servers stopped, {@code SET
 * PREFIX.format 2}, new ones started. By Redis's own clock.
 */
class RedisUpgradeTest {
  private final Vertx vertx = Vertx.vertx();
  private RealRedis redis;
  private FormatOneServer old;
  private RedisClaimStore upgraded;

  /** When the old server wrote; what it wrote two minutes before that has ended since. */
  private long now;

  private long before;

  @BeforeEach
  void start() throws Exception {
    redis = RealRedis.start();
    old = new FormatOneServer(redis);
    String seconds = redis.ask("TIME").replaceAll("\\D*(\\d+).*", "$1");
    now = Long.parseLong(seconds) * 1000;
    before = now - 120_000;
  }

  @AfterEach
  void stop() throws Exception {
    if (upgraded != null) {
      await(upgraded.close());
    }
    await(vertx.close());
    if (redis != null) {
      redis.close();
    }
  }

  @Test
  void untilTheMarkIsSetNoServerStartsAndNothingIsTouched() throws Exception {
    old.checkLock("k", now, 600, "a", "");
    String held = redis.ask("HGETALL", "onceonly:k");
    assertThatThrownBy(() -> await(RedisStart.open(vertx, settings(), null)))
        .cause()
        .isInstanceOf(StoreOpenException.class)
        .hasMessageContaining("is of format 1, and this version reads 2");
    assertThat(redis.ask("GET", FormatOneServer.FORMAT_KEY)).isEqualTo("1");
    assertThat(redis.ask("HGETALL", "onceonly:k")).isEqualTo(held).contains("600");
  }

  @Test
  void claimsStayHeldAndWhatHasEndedDoesNot() throws Exception {
    assertThat(old.checkLock("plain", now, 600, "a", "")).startsWith("[LOCKED");
    old.checkLock("printed", now, 600, "a", Fingerprint.textOf(fingerprint("one")));
    old.checkLock("ended", before, 60, "a", "");
    old.checkLock("released", now, 600, "a", "");
    assertThat(old.release("released", now, "a")).isEqualTo("1");
    upgrade();

    assertThat(checkLock("plain", "b", null))
        .isEqualTo(new CheckLockAnswer(DUPLICATE, 600, now, false));
    assertThat(checkLock("plain", "a", null))
        .as("its own, asked again")
        .isEqualTo(new CheckLockAnswer(LOCKED, 600, now, false));
    assertThat(checkLock("printed", "b", fingerprint("two")).fingerprintMismatch()).isTrue();
    assertThat(checkLock("printed", "b", fingerprint("one")).fingerprintMismatch()).isFalse();
    assertThat(checkLock("ended", "b", null).verdict()).isEqualTo(LOCKED);
    assertThat(checkLock("ended", "a", null).verdict()).isEqualTo(DUPLICATE);
    assertThat(checkLock("released", "a", null).verdict())
        .as("who has given up wins nothing")
        .isEqualTo(DUPLICATE);
    assertThat(checkLock("released", "b", null).verdict()).isEqualTo(LOCKED);

    assertThat(await(upgraded.release("plain", "b"))).isFalse();
    assertThat(await(upgraded.release("plain", "a"))).isTrue();
    assertThat(checkLock("plain", "b", null).verdict()).isEqualTo(LOCKED);
  }

  @Test
  void leasesStayTheirOwnersAndWhatHasEndedDoesNot() throws Exception {
    assertThat(old.lease("held", now, 600, "l", "")).startsWith("[ACQUIRED");
    old.lease("extended", now, 600, "l", "");
    old.lease("late", before, 60, "l", "");
    old.lease("taken", before, 60, "l", "");
    old.lease("done", now, 600, "l", "");
    assertThat(old.settle("done", now, "l", "completed", "{\"n\":1}")).startsWith("[SETTLED");
    old.lease("cancelled", now, 600, "l", "");
    old.settle("cancelled", now, "l", "cancelled", "");
    upgrade();

    assertThat(taken(lease("held", "m")).status()).isEqualTo(LeaseView.Status.IN_PROGRESS);
    settled(upgraded.complete("held", "l", null, "h"));
    assertThat(taken(lease("held", "m")).status()).isEqualTo(LeaseView.Status.COMPLETED);
    settled(upgraded.extend("extended", "l", 900));
    lost(upgraded.complete("extended", "m", null, null));
    // Its owner is late, but nobody has come in between.
    settled(upgraded.complete("late", "l", null, null));
    assertThat(acquired(lease("taken", "m")).version()).isEqualTo(2);
    lost(upgraded.complete("taken", "l", null, null));
    LeaseView done = taken(lease("done", "m"));
    assertThat(done.status()).isEqualTo(LeaseView.Status.COMPLETED);
    assertThat(StoreFixture.text(done.result())).isEqualTo("{\"n\":1}");
    assertThat(acquired(lease("cancelled", "m")).version()).isEqualTo(2);
  }

  @Test
  void aClaimAndALeaseOfOneKeyBothStay() throws Exception {
    old.checkLock("k", now, 600, "a", "");
    old.lease("k", now, 600, "l", "");
    upgrade();
    assertThat(checkLock("k", "b", null).verdict()).isEqualTo(DUPLICATE);
    taken(lease("k", "m"));
    settled(upgraded.complete("k", "l", null, null));
    assertThat(checkLock("k", "b", null).verdict()).isEqualTo(DUPLICATE);
    assertThat(await(upgraded.keys().list("", KeyStore.Which.HELD, 10, null)).keys()).hasSize(1);
  }

  /** What docs/server.md says of one that was forgotten: its clients fail open. */
  @Test
  void anOldServerThatWentOnCanNotReadWhatIsNew() throws Exception {
    upgrade();
    assertThat(checkLock("k", "b", null).verdict()).isEqualTo(LOCKED);
    assertThat(old.checkLock("k", now, 600, "a", "")).contains("WRONGTYPE");
    assertThat(checkLock("k", "b", null).verdict()).isEqualTo(LOCKED);
  }

  /** As docs/server.md tells it. */
  private void upgrade() throws IOException {
    assertThat(redis.ask("SET", "onceonly.format", "2")).isEqualTo("OK");
    upgraded = await(RedisStart.open(vertx, settings(), null));
  }

  private RedisSettings settings() {
    return RedisSettings.of(redis.url());
  }

  private CheckLockAnswer checkLock(String key, String requestId, Fingerprint fingerprint) {
    return await(upgraded.checkLock(key, 300, requestId, fingerprint));
  }

  private LeaseAnswer lease(String key, String leaseId) {
    return await(upgraded.lease(key, 300, leaseId, null));
  }
}
