package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every claim store must do with leases; a part of {@link ClaimStoreContract}. */
abstract class LeaseContract extends KeysContract {
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
}
