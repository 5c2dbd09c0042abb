package tech.onceonly.server.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.onceonly.server.TestCertificates;

/** A Redis that is late is waited for; one that the settings do not fit is not. */
class RedisStartTest {
  /** Longer than any test waits for an outcome. */
  private static final String PATIENT = "start-timeout-ms=600000&timeout-ms=1000";

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void closeVertx() {
    StoreFixture.await(vertx.close());
  }

  @Test
  void aRedisThatComesUpLateIsWaitedFor() throws Exception {
    try (RealRedis redis = RealRedis.start()) {
      redis.kill();
      Future<RedisClaimStore> opening;
      try (ServerSocket inItsPlace = listenAt(redis.port())) {
        opening = start(redis.url() + "?" + PATIENT);
        // Twice: the second is another try.
        endNextConnection(inItsPlace);
        endNextConnection(inItsPlace);
      }
      redis.run();
      assertOpens(opening);
    }
  }

  @Test
  void aRedisThatIsTooSlowToAnswerIsWaitedFor() throws Exception {
    try (RealRedis redis = RealRedis.start()) {
      redis.freeze();
      Future<RedisClaimStore> opening = start(redis.url() + "?" + PATIENT);
      assertThatThrownBy(() -> await(opening, 2)).hasCauseInstanceOf(TimeoutException.class);
      redis.thaw();
      assertOpens(opening);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&sentinel=main", "&cluster=true"})
  void theWaitHasAnEnd(String kind) throws Exception {
    String nobody = "127.0.0.1:" + RealRedis.freePort();
    assertRefused(
        "redis://" + nobody + "?timeout-ms=500&start-timeout-ms=700" + kind,
        "The store redis://" + nobody + "/0",
        "can't be reached",
        "Connection refused",
        "tried again for 700 ms (start-timeout-ms)");
  }

  @Test
  void noneIsAskedFor() throws Exception {
    String nobody = "127.0.0.1:" + RealRedis.freePort();
    assertThatThrownBy(() -> await(start("redis://" + nobody + "?start-timeout-ms=0"), 10))
        .cause()
        .isInstanceOf(StoreOpenException.class)
        .hasMessageContaining("Connection refused")
        .hasMessageNotContaining("tried again");
  }

  @Test
  void whatTheSettingsDoNotFitIsNotTriedAgain() throws Exception {
    try (RealRedis redis = RealRedis.start();
        RealRedis replica = redis.startReplica();
        RealRedis sentinel = redis.startSentinel()) {
      assertRefused(redis.url() + "?cluster=true&" + PATIENT, "cluster");
      assertRefused(redis.url() + "/99?" + PATIENT, "DB index is out of range");
      assertRefused(replica.url() + "?" + PATIENT, "is a replica");
      assertRefused(sentinel.url() + "?" + PATIENT, "is a sentinel");
      assertRefused(
          sentinel.url() + "?sentinel=other&" + PATIENT,
          "No sentinel tells where other is: they know no such master");
      redis.ask("SET", "onceonly.format", "1");
      assertRefused(redis.url() + "?" + PATIENT, "is of format 1");
      redis.ask("CONFIG", "SET", "maxmemory", "100mb");
      redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
      assertRefused(redis.url() + "?" + PATIENT, "maxmemory-policy allkeys-lru");
    }
  }

  @Test
  void aWrongPasswordIsNotTriedAgain() throws Exception {
    try (RealRedis redis = RealRedis.start("--requirepass", "right");
        RealRedis sentinel = redis.startSentinel("requirepass other")) {
      String beginning = "redis://:secret@127.0.0.1:";
      assertRefused(beginning + redis.port() + "?" + PATIENT, "WRONGPASS");
      assertRefused(beginning + redis.port() + "?cluster=true&" + PATIENT, "WRONGPASS");
      assertRefused(redis.url() + "?" + PATIENT, "NOAUTH");
      assertRefused(sentinel.url() + "?sentinel=main&" + PATIENT, "NOAUTH");
      assertRefused(
          sentinel.url() + "?sentinel=main&sentinel-password=secret&" + PATIENT, "WRONGPASS");
      // The other one would be waited for by itself.
      assertRefused(
          sentinel.url() + ",127.0.0.1:" + RealRedis.freePort() + "?sentinel=main&" + PATIENT,
          "NOAUTH");
    }
  }

  @Test
  void whatIsWrongWithCertificatesIsNotTriedAgain(@TempDir Path folder) throws Exception {
    TestCertificates certificates = new TestCertificates(folder);
    certificates.make("redis");
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
      assertThat(redis.ask("PING")).isEqualTo("PONG");
      assertRefused("rediss://127.0.0.1:" + port + "?" + PATIENT, "can't be reached");
      Path missing = folder.resolve("missing");
      assertRefused("rediss://127.0.0.1:" + port + "?ca=" + missing + "&" + PATIENT, "missing");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "LOADING Redis is loading the dataset in memory",
        "BUSY Redis is busy running a script.",
        "CLUSTERDOWN The cluster is down",
        "MASTERDOWN Link with MASTER is down"
      })
  void whatRedisSaysWhileItComesUpMayPass(String answer) {
    assertThat(RedisFaults.mayPass(RedisAsked.refusedFor(new RedisException(answer)))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"WRONGPASS invalid", "NOAUTH needed", "NOPERM it may not", "ERR what"})
  void whatRedisRefusesDoesNot(String answer) {
    assertThat(RedisFaults.mayPass(RedisAsked.refusedFor(new RedisException(answer)))).isFalse();
  }

  @Test
  void ofWhatKeepsFromConnectingCertificatesDoNotPass() {
    assertThat(RedisFaults.mayPass(new UnknownHostException("redis"))).isTrue();
    assertThat(RedisFaults.mayPass(new SSLHandshakeException("Connection closed"))).isTrue();
    SSLHandshakeException untrusted = new SSLHandshakeException("not trusted");
    untrusted.initCause(new CertificateException("by nobody"));
    assertThat(RedisFaults.mayPass(untrusted)).isFalse();
    assertThat(RedisFaults.mayPass(new IllegalStateException("a fault of ours"))).isFalse();
  }

  private static ServerSocket listenAt(int port) throws IOException {
    ServerSocket listening = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    listening.setSoTimeout(30_000);
    return listening;
  }

  /** As a proxy does whose Redis is not up yet. */
  private static void endNextConnection(ServerSocket listening) throws IOException {
    try (Socket socket = listening.accept()) {
      InputStream in = socket.getInputStream();
      assertThat(in.read()).isPositive();
    }
  }

  private static void assertOpens(Future<RedisClaimStore> opening) throws Exception {
    RedisClaimStore store = await(opening, 30);
    assertThat(StoreFixture.await(store.checkLock("k", 60, "a", null)).verdict())
        .isEqualTo(CheckLockAnswer.Verdict.LOCKED);
    StoreFixture.await(store.close());
  }

  private void assertRefused(String url, String... told) {
    assertThatThrownBy(() -> await(start(url), 10))
        .cause()
        .isInstanceOf(StoreOpenException.class)
        .satisfies(
            refusal -> assertThat(refusal.getMessage()).contains(told).doesNotContain("secret"));
  }

  private Future<RedisClaimStore> start(String url) {
    return RedisStart.open(vertx, RedisSettings.of(url), null);
  }

  private static <T> T await(Future<T> future, int seconds) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(seconds, SECONDS).join();
  }
}
