package tech.onceonly.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.server.CheckLockAnswer.Verdict.DUPLICATE;
import static tech.onceonly.server.CheckLockAnswer.Verdict.FULL;
import static tech.onceonly.server.CheckLockAnswer.Verdict.LOCKED;

import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every claim store must do. A store's test extends it and gives the store. */
abstract class ClaimStoreContract {
  static final int MAX_KEYS = 100;
  private static final Duration MILLI = Duration.ofMillis(1);

  final SettableClock clock = new SettableClock();
  ClaimStore store;

  abstract ClaimStore newStore(InstantSource clock, int maxKeys) throws Exception;

  @BeforeEach
  void open() throws Exception {
    store = newStore(clock, MAX_KEYS);
  }

  @AfterEach
  void close() {
    await(store.close());
  }

  @Test
  void ofManyRacersForAKeyOneWins() throws Exception {
    for (int round = 0; round < 50; round++) {
      String key = "race-" + round;
      List<CheckLockAnswer.Verdict> verdicts =
          race(8, racer -> checkLock(key, 60, "r" + racer).verdict());
      assertThat(verdicts).containsOnlyOnce(LOCKED).contains(DUPLICATE).doesNotContain(FULL);
    }
  }

  @Test
  void ofManyRacersForAnExpiredKeyOneWins() throws Exception {
    for (int round = 0; round < 50; round++) {
      String key = "race-" + round;
      checkLock(key, 1, "first");
      clock.advance(Duration.ofSeconds(1));
      List<CheckLockAnswer.Verdict> verdicts =
          race(8, racer -> checkLock(key, 60, "r" + racer).verdict());
      assertThat(verdicts).containsOnlyOnce(LOCKED);
    }
  }

  @Test
  void ofManyRacersForALeaseOneAcquires() throws Exception {
    for (int round = 0; round < 50; round++) {
      String key = "race-" + round;
      List<LeaseAnswer> answers = race(8, racer -> lease(key, 60, "l" + racer));
      assertThat(answers.stream().filter(LeaseAnswer.Acquired.class::isInstance)).hasSize(1);
      assertThat(answers.stream().filter(LeaseAnswer.Taken.class::isInstance)).hasSize(7);
    }
  }

  @Test
  void ofALateCompletionAndATakeoverOneSucceeds() throws Exception {
    for (int round = 0; round < 50; round++) {
      String key = "race-" + round;
      lease(key, 1, "old");
      clock.advance(Duration.ofSeconds(1));
      List<Boolean> successes =
          race(
              2,
              racer ->
                  racer == 0
                      ? complete(key, "old", null, null) instanceof SettleAnswer.Settled
                      : lease(key, 60, "new") instanceof LeaseAnswer.Acquired);
      assertThat(successes).containsOnlyOnce(true);
    }
  }

  @Test
  void aClaimLivesUntilItsExpirysVeryMillisecond() {
    checkLock("k", 60, "a");
    clock.advance(Duration.ofSeconds(60).minus(MILLI));
    assertThat(checkLock("k", 60, "b"))
        .isEqualTo(new CheckLockAnswer(DUPLICATE, 60, SettableClock.START.toEpochMilli()));
    clock.advance(MILLI);
    assertThat(checkLock("k", 60, "c").verdict()).isEqualTo(LOCKED);
  }

  @Test
  void aDuplicateDoesNotProlongTheClaim() {
    checkLock("k", 60, "a");
    clock.advance(Duration.ofSeconds(30));
    checkLock("k", 600, "b");
    clock.advance(Duration.ofSeconds(30));
    assertThat(checkLock("k", 60, "c").verdict()).isEqualTo(LOCKED);
  }

  @Test
  void theWinnersRequestRepeatedIsAnsweredAsTheFirstTime() {
    CheckLockAnswer first = checkLock("k", 60, "a");
    clock.advance(Duration.ofSeconds(10));
    assertThat(checkLock("k", 120, "a")).isEqualTo(first);
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(DUPLICATE);
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(DUPLICATE);
  }

  @Test
  void onlyTheRequestThatWonAClaimReleasesIt() {
    checkLock("k", 60, "a");
    assertThat(await(store.release("k", "b"))).isFalse();
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(DUPLICATE);
    assertThat(await(store.release("k", "a"))).isTrue();
    assertThat(await(store.release("k", "a"))).isFalse();
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(LOCKED);
    assertThat(await(store.release("k", "a"))).isFalse();
  }

  @Test
  void anExpiredClaimIsNotReleased() {
    checkLock("k", 60, "a");
    clock.advance(Duration.ofSeconds(60));
    assertThat(await(store.release("k", "a"))).isFalse();
  }

  @Test
  void aFullStoreRefusesNewKeysAndForgetsNoLiveOne() {
    for (int i = 0; i < MAX_KEYS; i++) {
      assertThat(checkLock("k" + i, 60, "a" + i).verdict()).isEqualTo(LOCKED);
    }
    assertThat(checkLock("one more", 60, "b").verdict()).isEqualTo(FULL);
    assertThat(lease("one more", 60, "l")).isInstanceOf(LeaseAnswer.Full.class);
    for (int i = 0; i < MAX_KEYS; i++) {
      assertThat(checkLock("k" + i, 60, "b").verdict()).isEqualTo(DUPLICATE);
    }
    assertThat(await(store.release("k0", "a0"))).isTrue();
    assertThat(checkLock("one more", 60, "b").verdict()).isEqualTo(LOCKED);
  }

  @Test
  void aFullStoreTakesNewKeysOnceOldOnesHaveExpired() {
    for (int i = 0; i < MAX_KEYS; i++) {
      checkLock("k" + i, 60, "a");
    }
    clock.advance(Duration.ofSeconds(60));
    store.housekeep();
    for (int i = 0; i < MAX_KEYS; i++) {
      assertThat(checkLock("n" + i, 60, "a").verdict()).isEqualTo(LOCKED);
    }
  }

  @Test
  void claimsAndLeasesOfOneKeyDoNotMeet() {
    assertThat(checkLock("k", 60, "a").verdict()).isEqualTo(LOCKED);
    assertThat(acquired(lease("k", 60, "l")).version()).isEqualTo(1);
  }

  @Test
  void aHeldLeaseIsInProgressForOthers() {
    LeaseView won = acquired(lease("k", 60, "a"));
    assertThat(won.version()).isEqualTo(1);
    assertThat(won.ttlLeftSeconds()).isEqualTo(60);
    clock.advance(Duration.ofMillis(500));
    LeaseView seen = taken(lease("k", 60, "b"));
    assertThat(seen.status()).isEqualTo(LeaseView.Status.IN_PROGRESS);
    assertThat(seen.ttlLeftMillis()).isEqualTo(59_500);
    assertThat(seen.ttlLeftSeconds()).isEqualTo(60);
  }

  @Test
  void anExpiredLeaseGoesToTheNextWithARaisedVersion() {
    lease("k", 60, "a");
    clock.advance(Duration.ofSeconds(60).minus(MILLI));
    taken(lease("k", 60, "b"));
    clock.advance(MILLI);
    assertThat(find("k").status()).isEqualTo(LeaseView.Status.FREE);
    assertThat(acquired(lease("k", 60, "b")).version()).isEqualTo(2);
    lost(store.extend("k", "a", 60));
    lost(store.complete("k", "a", null, null));
    lost(store.fail("k", "a", "E"));
    lost(store.cancel("k", "a"));
    assertThat(find("k").status()).isEqualTo(LeaseView.Status.IN_PROGRESS);
  }

  @Test
  void anExtendedLeaseEndsThatMuchLater() {
    lease("k", 60, "a");
    clock.advance(Duration.ofSeconds(50));
    assertThat(settled(store.extend("k", "a", 60)).ttlLeftSeconds()).isEqualTo(60);
    clock.advance(Duration.ofSeconds(59));
    taken(lease("k", 60, "b"));
    clock.advance(Duration.ofSeconds(1));
    acquired(lease("k", 60, "b"));
  }

  @Test
  void aLeaseThatRanOutAndWasNotTakenIsRenewed() {
    lease("k", 60, "a");
    clock.advance(Duration.ofSeconds(90));
    assertThat(settled(store.extend("k", "a", 60)).version()).isEqualTo(1);
    taken(lease("k", 60, "b"));
  }

  @Test
  void aLateCompletionCountsWhereNobodyTookTheKey() {
    lease("k", 60, "a");
    clock.advance(Duration.ofSeconds(90));
    settled(store.complete("k", "a", null, "h"));
    assertThat(taken(lease("k", 60, "b")).status()).isEqualTo(LeaseView.Status.COMPLETED);
  }

  @Test
  void aCompletionIsKeptForItsRetentionNotForTheLeasesTtl() {
    lease("k", 60, "a");
    clock.advance(Duration.ofSeconds(5));
    settled(complete("k", "a", "{\"n\":1}", "h"));
    clock.advance(Lease.ENDED_RETENTION.minus(MILLI));
    LeaseView seen = taken(lease("k", 60, "b"));
    assertThat(seen.status()).isEqualTo(LeaseView.Status.COMPLETED);
    assertThat(seen.resultHash()).isEqualTo("h");
    assertThat(seen.doneAtMillis()).isEqualTo(SettableClock.START.toEpochMilli() + 5_000);
    assertThat(text(find("k").result())).isEqualTo("{\"n\":1}");
    clock.advance(MILLI);
    assertThat(find("k")).isEqualTo(LeaseView.NONE);
    assertThat(acquired(lease("k", 60, "b")).version()).isEqualTo(1);
  }

  @Test
  void completionIsRepeatableByItsLeaseAloneAndKeepsTheFirstResult() {
    lease("k", 60, "a");
    settled(complete("k", "a", "1", "h1"));
    clock.advance(Duration.ofSeconds(1));
    LeaseView again = settled(complete("k", "a", "2", "h2"));
    assertThat(again.resultHash()).isEqualTo("h1");
    assertThat(again.doneAtMillis()).isEqualTo(SettableClock.START.toEpochMilli());
    lost(store.complete("k", "b", null, null));
    lost(store.extend("k", "a", 60));
    lost(store.fail("k", "a", "E"));
    lost(store.cancel("k", "a"));
  }

  @Test
  void aFailureIsFinal() {
    lease("k", 60, "a");
    settled(store.fail("k", "a", "E1"));
    settled(store.fail("k", "a", "E2"));
    LeaseView seen = taken(lease("k", 60, "b"));
    assertThat(seen.status()).isEqualTo(LeaseView.Status.FAILED);
    assertThat(seen.errorCode()).isEqualTo("E1");
    lost(store.complete("k", "a", null, null));
    clock.advance(Lease.ENDED_RETENTION);
    acquired(lease("k", 60, "b"));
  }

  @Test
  void aCancelledLeaseIsFreeAtOnce() {
    lease("k", 60, "a");
    settled(store.cancel("k", "a"));
    settled(store.cancel("k", "a"));
    assertThat(find("k").status()).isEqualTo(LeaseView.Status.FREE);
    lost(store.complete("k", "a", null, null));
    lost(store.extend("k", "a", 60));
    // The version rises even so: it never names two leases.
    assertThat(acquired(lease("k", 60, "b")).version()).isEqualTo(2);
    lost(store.cancel("k", "a"));
    taken(lease("k", 60, "c"));
  }

  @Test
  void aKeyThatWasNeverLeasedIsSettledByNobody() {
    lost(store.extend("k", "a", 60));
    lost(store.complete("k", "a", null, null));
    lost(store.fail("k", "a", "E"));
    lost(store.cancel("k", "a"));
    assertThat(find("k")).isEqualTo(LeaseView.NONE);
  }

  @Test
  void noAnswerToAnotherRevealsTheHoldersLeaseId() {
    lease("k", 60, "the-secret-lease-id");
    assertThat(lease("k", 60, "b").toString()).doesNotContain("the-secret-lease-id");
    assertThat(find("k").toString()).doesNotContain("the-secret-lease-id");
    assertThat(lost(store.cancel("k", "b")).toString()).doesNotContain("the-secret-lease-id");
  }

  CheckLockAnswer checkLock(String key, long ttlSeconds, String requestId) {
    return await(store.checkLock(key, ttlSeconds, requestId));
  }

  LeaseAnswer lease(String key, long ttlSeconds, String leaseId) {
    return await(store.lease(key, ttlSeconds, leaseId));
  }

  LeaseView find(String key) {
    return await(store.find(key));
  }

  SettleAnswer complete(String key, String leaseId, String json, String hash) {
    ResultJson result = json == null ? null : new ResultJson(json.getBytes(UTF_8));
    return await(store.complete(key, leaseId, result, hash));
  }

  static LeaseView acquired(LeaseAnswer answer) {
    assertThat(answer).isInstanceOf(LeaseAnswer.Acquired.class);
    return ((LeaseAnswer.Acquired) answer).view();
  }

  static LeaseView taken(LeaseAnswer answer) {
    assertThat(answer).isInstanceOf(LeaseAnswer.Taken.class);
    return ((LeaseAnswer.Taken) answer).view();
  }

  static LeaseView settled(Future<SettleAnswer> answer) {
    return settled(await(answer));
  }

  static LeaseView settled(SettleAnswer answer) {
    assertThat(answer).isInstanceOf(SettleAnswer.Settled.class);
    return ((SettleAnswer.Settled) answer).view();
  }

  static LeaseView lost(Future<SettleAnswer> answer) {
    SettleAnswer given = await(answer);
    assertThat(given).isInstanceOf(SettleAnswer.Lost.class);
    return ((SettleAnswer.Lost) given).present();
  }

  static String text(ResultJson result) {
    byte[] utf8 = new byte[result.length()];
    result.copyTo(utf8, 0);
    return new String(utf8, UTF_8);
  }

  static <T> T await(Future<T> future) {
    return BlockingBridge.await(future.toCompletionStage(), Duration.ofSeconds(10), "The store");
  }

  interface Racer<T> {
    T run(int number) throws Exception;
  }

  static <T> List<T> race(int racers, Racer<T> racer) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(racers);
    try {
      CyclicBarrier start = new CyclicBarrier(racers);
      List<Callable<T>> tasks = new ArrayList<>();
      for (int i = 0; i < racers; i++) {
        int number = i;
        tasks.add(
            () -> {
              start.await(10, SECONDS);
              return racer.run(number);
            });
      }
      List<T> outcomes = new ArrayList<>();
      for (java.util.concurrent.Future<T> outcome : threads.invokeAll(tasks, 30, SECONDS)) {
        outcomes.add(outcome.get());
      }
      return outcomes;
    } finally {
      threads.shutdownNow();
    }
  }
}
