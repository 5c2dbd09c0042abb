package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.DUPLICATE;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.FULL;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.LOCKED;
import static tech.onceonly.server.store.StoreFixture.await;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Check-locks that are asked together, and share a script. By Redis's own clock. */
class RedisBatchTest {
  private static final Duration BOUND = Duration.ofSeconds(20);
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
      await(store.close());
    }
    await(vertx.close());
    if (redis != null) {
      redis.close();
    }
  }

  @Test
  void oneScriptClaimsManyKeysAndNoMoreThanItsBound() throws Exception {
    claim("known", "a");
    redis.ask("CONFIG", "RESETSTAT");
    assertThat(verdicts(claimTogether(store, names("k", 300), "a"))).containsOnly(LOCKED);
    assertThat(callsOf("evalsha")).isEqualTo(3);
    assertThat(verdicts(claimTogether(store, names("k", 300), "b"))).containsOnly(DUPLICATE);
    assertThat(verdicts(claimTogether(store, names("k", 300), "a"))).containsOnly(LOCKED);
  }

  @Test
  void aScriptThatRedisHasForgottenIsTaughtAgainForAllItsKeys() throws Exception {
    redis.ask("SCRIPT", "FLUSH");
    assertThat(verdicts(claimTogether(store, names("k", 300), "a"))).containsOnly(LOCKED);
    assertThat(verdicts(claimTogether(store, names("k", 300), "b"))).containsOnly(DUPLICATE);
  }

  @Test
  void eachKeepsItsOwnTtl() {
    List<Future<CheckLockAnswer>> answers = new ArrayList<>();
    onLoop(
        () ->
            store.together(
                batch -> {
                  for (int i = 0; i < 6; i++) {
                    answers.add(batch.checkLock("k" + i, 60 + i % 2, "a", null));
                  }
                }));
    for (int i = 0; i < 6; i++) {
      assertThat(await(answers.get(i)).ttlSeconds()).isEqualTo(60 + i % 2);
      CheckLockAnswer held = await(store.checkLock("k" + i, 600, "b", null));
      assertThat(held.ttlSeconds()).isEqualTo(60 + i % 2);
      assertThat(held.firstSeenMillis()).isEqualTo(await(answers.get(i)).firstSeenMillis());
    }
  }

  @Test
  void whatWasAskedBeforeTheCallerFailedIsCarriedOutAllTheSame() {
    List<Future<CheckLockAnswer>> answers = new ArrayList<>();
    onLoop(
        () ->
            assertThatThrownBy(
                    () ->
                        store.together(
                            batch -> {
                              answers.add(batch.checkLock("k", 60, "a", null));
                              throw new IllegalStateException("the caller's");
                            }))
                .hasMessage("the caller's"));
    assertThat(verdicts(answers)).containsExactly(LOCKED);
  }

  /** New ones stand between those that are held, or whose room there is already. */
  @Test
  void aFullRedisAnswersEachOfABatchByItself() throws Exception {
    await(store.checkLock("expired", 1, "a", null));
    claim("held", "a");
    await(store.lease("leased", 600, "l", null));
    Awaitility.await().atMost(BOUND).until(() -> !await(store.keys().inspect("expired")).isHeld());
    redis.ask("CONFIG", "SET", "maxmemory", "1");
    List<String> keys = List.of("new-1", "expired", "new-2", "held", "leased", "new-3");
    assertThat(verdicts(claimTogether(store, keys, "b")))
        .containsExactly(FULL, LOCKED, FULL, DUPLICATE, LOCKED, FULL);
    assertThat(verdicts(claimTogether(store, keys, "b")))
        .containsExactly(FULL, LOCKED, FULL, DUPLICATE, LOCKED, FULL);
    redis.ask("CONFIG", "SET", "maxmemory", "0");
    assertThat(verdicts(claimTogether(store, keys, "c")))
        .containsExactly(LOCKED, DUPLICATE, LOCKED, DUPLICATE, DUPLICATE, LOCKED);
  }

  @Test
  void whatIsWrongWithOneKeyIsNoOthersMatter() throws Exception {
    redis.ask("RPUSH", "onceonly:list", "not a server's");
    redis.ask("SET", "onceonly:text", "not a server's");
    List<Future<CheckLockAnswer>> answers =
        claimTogether(store, List.of("a", "list", "b", "text"), "r");
    assertThat(await(answers.get(0)).verdict()).isEqualTo(LOCKED);
    assertUnavailable(answers.get(1));
    assertThat(await(answers.get(2)).verdict()).isEqualTo(LOCKED);
    assertUnavailable(answers.get(3));
    assertThat(redis.ask("GET", "onceonly:text")).isEqualTo("not a server's");
  }

  @Test
  void whatIsHeldIsToldWhereRedisTakesNoWrites() throws Exception {
    claim("held", "a");
    redis.ask("REPLICAOF", "127.0.0.1", "" + RealRedis.freePort());
    List<Future<CheckLockAnswer>> answers = claimTogether(store, List.of("new", "held"), "b");
    assertUnavailable(answers.get(0));
    assertThat(await(answers.get(1)).verdict()).isEqualTo(DUPLICATE);
    redis.ask("REPLICAOF", "NO", "ONE");
    assertThat(claim("new", "b")).isEqualTo(LOCKED);
  }

  @Test
  void duplicatesAreToldAtOnceAndWinnersWhenAReplicaHasThem() throws Exception {
    try (RealRedis replica = redis.startReplica()) {
      claim("held", "a");
      RedisClaimStore careful = open(redis.url() + TIMEOUT + "&wait-replicas=1");
      try {
        replica.freeze();
        List<Future<CheckLockAnswer>> answers =
            claimTogether(careful, List.of("new-1", "held", "new-2"), "b");
        assertThat(await(answers.get(1)).verdict()).isEqualTo(DUPLICATE);
        assertThat(answers.get(0).isComplete()).isFalse();
        assertUnavailable(answers.get(0));
        assertUnavailable(answers.get(2));
        replica.thaw();
        Awaitility.await()
            .atMost(BOUND)
            .ignoreExceptions()
            .until(() -> await(careful.checkLock("new-1", 600, "b", null)).verdict() == LOCKED);
        assertThat(verdicts(claimTogether(careful, List.of("new-1", "held", "new-2"), "b")))
            .containsExactly(LOCKED, DUPLICATE, LOCKED);
      } finally {
        await(careful.close());
      }
    }
  }

  @Test
  void aBatchInDoubtIsItsOwnersWhenItIsAskedAgain() throws Exception {
    claim("known", "a");
    redis.freeze();
    List<Future<CheckLockAnswer>> inDoubt;
    try {
      inDoubt = claimTogether(store, names("k", 300), "a");
      inDoubt.forEach(RedisBatchTest::assertUnavailable);
    } finally {
      redis.thaw();
    }
    Awaitility.await().atMost(BOUND).ignoreExceptions().until(() -> claim("known", "a") == LOCKED);
    assertThat(verdicts(claimTogether(store, names("k", 300), "a"))).containsOnly(LOCKED);
    assertThat(verdicts(claimTogether(store, names("k", 300), "b"))).containsOnly(DUPLICATE);
  }

  private List<Future<CheckLockAnswer>> claimTogether(
      RedisClaimStore asked, List<String> keys, String requestId) {
    List<Future<CheckLockAnswer>> answers = new ArrayList<>();
    onLoop(
        () ->
            asked.together(
                batch ->
                    keys.forEach(key -> answers.add(batch.checkLock(key, 600, requestId, null)))));
    return answers;
  }

  private void onLoop(Runnable work) {
    Promise<Void> done = Promise.promise();
    vertx.runOnContext(
        unused -> {
          try {
            work.run();
            done.complete();
          } catch (Throwable e) {
            done.fail(e);
          }
        });
    await(done.future());
  }

  private static List<CheckLockAnswer.Verdict> verdicts(List<Future<CheckLockAnswer>> answers) {
    return answers.stream().map(answer -> await(answer).verdict()).toList();
  }

  private static void assertUnavailable(Future<CheckLockAnswer> answer) {
    assertThatThrownBy(() -> await(answer)).hasCauseInstanceOf(StoreUnavailableException.class);
  }

  private static List<String> names(String beginning, int count) {
    return IntStream.range(0, count).mapToObj(i -> beginning + i).toList();
  }

  private CheckLockAnswer.Verdict claim(String key, String requestId) {
    return await(store.checkLock(key, 600, requestId, null)).verdict();
  }

  private int callsOf(String command) throws Exception {
    Matcher calls =
        Pattern.compile("cmdstat_" + command + ":calls=(\\d+)")
            .matcher(redis.ask("INFO", "commandstats"));
    assertThat(calls.find()).isTrue();
    return Integer.parseInt(calls.group(1));
  }

  private RedisClaimStore open(String url) {
    return await(RedisClaimStore.open(vertx, RedisSettings.of(url), null));
  }
}
