package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.DUPLICATE;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.LOCKED;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.onceonly.server.TestCertificates;

/** How a Redis may be set up: with sentinels, passwords, TLS. */
class RedisSetupsTest {
  private static final int CLAIMS = 200;

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void closeVertx() {
    StoreFixture.await(vertx.close());
  }

  @Test
  void afterAFailoverTheNewMasterIsFoundAndWhatReplicasHadIsHeld() throws Exception {
    try (RealRedis master = RealRedis.start();
        RealRedis replica = master.startReplica();
        RealRedis sentinel = master.startSentinel()) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> sentinel.ask("SENTINEL", "REPLICAS", "main").contains("slave-priority"));
      String url = sentinel.url() + "?sentinel=main&timeout-ms=1500";
      RedisClaimStore waiting = open(url + "&wait-replicas=1");
      RedisClaimStore store = open(url);
      try {
        claimAll(waiting, "a", LOCKED);
        master.kill();
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .ignoreExceptions()
            .until(() -> claim(store, "after", "a") == LOCKED);
        assertThat(replica.ask("EXISTS", "onceonly:after")).isEqualTo("1");
        claimAll(store, "b", DUPLICATE);
        claimAll(store, "a", LOCKED);
      } finally {
        StoreFixture.await(waiting.close());
        StoreFixture.await(store.close());
      }
    }
  }

  @Test
  void sentinelsThatDoNotKnowTheMasterAreTold() throws Exception {
    try (RealRedis master = RealRedis.start();
        RealRedis sentinel = master.startSentinel()) {
      assertRefused(sentinel.url() + "?sentinel=other", "No sentinel tells where other is");
      assertRefused(sentinel.url(), "is a sentinel: add ?sentinel=");
    }
  }

  @Test
  void sentinelsHaveAPasswordOfTheirOwn() throws Exception {
    try (RealRedis master = RealRedis.start("--requirepass", "secret");
        RealRedis open = master.startSentinel();
        RealRedis locked = master.startSentinel("requirepass other")) {
      String beginning = "redis://:secret@127.0.0.1:";
      String end = "?sentinel=main";
      StoreFixture.await(open(beginning + open.port() + end).close());
      assertRefused(beginning + locked.port() + end, "No sentinel tells where main is");
      StoreFixture.await(
          open(beginning + locked.port() + end + "&sentinel-password=other").close());
    }
  }

  @Test
  void aUserThatMayDoNoMoreThanIsDocumentedIsEnough() throws Exception {
    try (RealRedis redis = RealRedis.start()) {
      redis.ask(
          "ACL",
          "SETUSER",
          "claims",
          "on",
          ">secret",
          "~onceonly*",
          "+eval",
          "+evalsha",
          "+info",
          "+scan",
          "+ping",
          "+time",
          "+pttl",
          "+pexpire",
          "+hset",
          "+hmget",
          "+hdel",
          "+mget",
          "+del",
          "+get",
          "+set");
      RedisClaimStore store = open("redis://claims:secret@127.0.0.1:" + redis.port());
      try {
        assertThat(claim(store, "k", "a")).isEqualTo(LOCKED);
        assertThat(StoreFixture.await(store.release("k", "a"))).isTrue();
        StoreFixture.await(store.lease("k", 60, "l", null));
        StoreFixture.settled(store.complete("k", "l", null, "h"));
        assertThat(StoreFixture.await(store.keys().free("k")).isHeld()).isTrue();
        assertThat(StoreFixture.await(store.keys().list("", KeyStore.Which.HELD, 10, null)).keys())
            .isEmpty();
      } finally {
        StoreFixture.await(store.close());
      }
    }
  }

  @Test
  void overTlsTheCertificateMustBeOfTheHostAndOfAnAuthority(@TempDir Path folder) throws Exception {
    TestCertificates certificates = new TestCertificates(folder);
    certificates.make("redis");
    certificates.make("stranger");
    int port = RealRedis.freePort();
    try (RealRedis redis =
        RealRedis.start(
            "--tls-port",
            "" + port,
            "--tls-cert-file",
            certificates.certificate("redis").toString(),
            "--tls-key-file",
            certificates.key("redis").toString(),
            "--tls-auth-clients",
            "no")) {
      String url = "rediss://127.0.0.1:" + port;
      RedisClaimStore store = open(url + "?ca=" + certificates.certificate("redis"));
      assertThat(claim(store, "k", "a")).isEqualTo(LOCKED);
      StoreFixture.await(store.close());
      assertThat(redis.ask("EXISTS", "onceonly:k")).isEqualTo("1");
      assertRefused(url, "can't be reached");
      assertRefused(url + "?ca=" + certificates.certificate("stranger"), "can't be reached");
      assertRefused(
          url.replace("127.0.0.1", "localhost") + "?ca=" + certificates.certificate("redis"),
          "can't be reached");
    }
  }

  private static void claimAll(
      RedisClaimStore store, String requestId, CheckLockAnswer.Verdict verdict) {
    List<Future<CheckLockAnswer>> answers = new ArrayList<>();
    for (int i = 0; i < CLAIMS; i++) {
      answers.add(store.checkLock("k" + i, 600, requestId, null));
    }
    answers.forEach(answer -> assertThat(StoreFixture.await(answer).verdict()).isEqualTo(verdict));
  }

  private static CheckLockAnswer.Verdict claim(
      RedisClaimStore store, String key, String requestId) {
    return StoreFixture.await(store.checkLock(key, 600, requestId, null)).verdict();
  }

  private void assertRefused(String url, String told) {
    assertThatThrownBy(() -> open(url))
        .cause()
        .isInstanceOf(StoreOpenException.class)
        .hasMessageContaining(told)
        .hasMessageNotContaining("secret");
  }

  private RedisClaimStore open(String url) {
    return StoreFixture.await(RedisClaimStore.open(vertx, RedisSettings.of(url), null));
  }
}
