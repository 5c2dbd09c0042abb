package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a store must do that shows its keys; a part of {@link ClaimStoreContract}. */
abstract class KeysContract extends ModelContract {
  @Test
  void aKeyIsShownWithWhatHoldsItAndWithoutItsOwner() {
    assertThat(inspect("k")).isEqualTo(new KeyView("k", null, null));
    checkLock("k", 60, "owner-request");
    clock.advance(Duration.ofSeconds(20));
    long start = SettableClock.START.toEpochMilli();
    assertThat(inspect("k").claim()).isEqualTo(new KeyView.ClaimView(start, 60, 40_000));
    assertThat(inspect("k").lease()).isNull();
    LeaseView leased = acquired(lease("k", 30, "owner-lease"));
    assertThat(inspect("k").lease()).isEqualTo(leased);
    assertThat(inspect("k").toString()).doesNotContain("owner");
    clock.advance(Duration.ofSeconds(40));
    assertThat(inspect("k").isHeld()).isFalse();
  }

  @Test
  void aFreedClaimIsFreeForTheNextAndNoLongerItsOwners() {
    checkLock("k", 60, "a");
    assertThat(free("k").claim()).isNotNull();
    assertThat(inspect("k").isHeld()).isFalse();
    assertThat(await(store.release("k", "a"))).isFalse();
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(CheckLockAnswer.Verdict.LOCKED);
    assertThat(await(store.release("k", "a"))).isFalse();
    assertThat(inspect("k").isHeld()).isTrue();
  }

  @Test
  void aFreedLeaseIsLostToItsOwnerAndItsVersionGoesOnRising() {
    lease("k", 60, "a");
    assertThat(free("k").lease().status()).isEqualTo(LeaseView.Status.IN_PROGRESS);
    lost(store.extend("k", "a", 60));
    lost(store.complete("k", "a", null, null));
    lost(store.fail("k", "a", "e"));
    lost(store.cancel("k", "a"));
    assertThat(find("k").status()).isEqualTo(LeaseView.Status.FREE);
    assertThat(acquired(lease("k", 60, "b")).version()).isEqualTo(2);
    lost(store.extend("k", "a", 60));
  }

  @Test
  void whatHasEndedIsFreedToo() {
    lease("done", 60, "a");
    complete("done", "a", "{\"big\":1}", "h");
    lease("failed", 60, "a");
    await(store.fail("failed", "a", "e"));
    for (String key : List.of("done", "failed")) {
      assertThat(free(key).lease()).isNotNull();
      assertThat(free(key).isHeld()).isFalse();
      lost(store.complete(key, "a", null, null));
      assertThat(acquired(lease(key, 60, "b")).version()).isEqualTo(2);
    }
  }

  @Test
  void aLeaseThatRanOutIsNotCompletedOnceItIsFreed() {
    lease("k", 1, "late");
    clock.advance(Duration.ofSeconds(2));
    assertThat(free("k").isHeld()).isFalse();
    lost(store.complete("k", "late", null, null));
    acquired(lease("k", 60, "b"));
  }

  @Test
  void afterAKeyIsFreedItsEffectRunsAgainWhateverItsOwnerDoesMeanwhile() throws Exception {
    for (int round = 0; round < 50; round++) {
      String key = "race-" + round;
      lease(key, 60, "old");
      race(2, racer -> racer == 0 ? complete(key, "old", null, null) : free(key));
      acquired(lease(key, 60, "new"));
    }
  }

  @Test
  void everyHeldKeyThatBeginsSoIsOnExactlyOnePage() {
    for (int i = 0; i < 10; i++) {
      checkLock("pay:" + i, 60, "a");
      lease("pay:" + (i + 5), 60, "l" + i);
      checkLock("mail:" + i, 60, "a");
    }
    checkLock("pay:expired", 1, "a");
    lease("pay:cancelled", 60, "c");
    await(store.cancel("pay:cancelled", "c"));
    clock.advance(Duration.ofSeconds(1));

    List<String> listed = listed("pay:", KeyStore.Which.HELD, 4);
    List<String> held = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      held.add("pay:" + i);
    }
    assertThat(listed).containsExactlyInAnyOrderElementsOf(held);
    assertThat(listed("nothing", KeyStore.Which.HELD, 4)).isEmpty();
  }

  @Test
  void everyKeyThatIsBeingWorkedOnIsOnExactlyOnePage() {
    for (int i = 0; i < 10; i++) {
      checkLock("pay:" + i, 60, "a");
      lease("pay:" + i, 60, "l");
      lease("pay:done:" + i, 60, "l");
      complete("pay:done:" + i, "l", null, null);
      lease("mail:" + i, 60, "l");
    }
    lease("pay:ran-out", 1, "l");
    lease("pay:failed", 60, "l");
    await(store.fail("pay:failed", "l", "e"));
    lease("pay:again", 60, "l");
    await(store.cancel("pay:again", "l"));
    lease("pay:again", 60, "m");
    clock.advance(Duration.ofSeconds(1));

    List<String> worked = new ArrayList<>(List.of("pay:again"));
    for (int i = 0; i < 10; i++) {
      worked.add("pay:" + i);
    }
    assertThat(listed("pay:", KeyStore.Which.IN_PROGRESS, 4))
        .containsExactlyInAnyOrderElementsOf(worked);
    assertThat(listed("", KeyStore.Which.IN_PROGRESS, 7)).hasSize(21);
    assertThat(inspect("pay:3").claim()).isNotNull();
    free("pay:3");
    assertThat(listed("pay:", KeyStore.Which.IN_PROGRESS, 100)).hasSize(10);
  }

  private List<String> listed(String prefix, KeyStore.Which which, int limit) {
    List<String> listed = new ArrayList<>();
    String cursor = null;
    do {
      KeyStore.KeyPage page = await(keys().list(prefix, which, limit, cursor));
      assertThat(page.keys()).hasSizeLessThanOrEqualTo(limit).allMatch(which::fits);
      page.keys().forEach(view -> listed.add(view.key()));
      cursor = page.cursor();
    } while (cursor != null);
    return listed;
  }

  private KeyStore keys() {
    KeyStore keys = store.keys();
    assumeTrue(keys != null, "this store does not show its keys");
    return keys;
  }

  private KeyView inspect(String key) {
    return await(keys().inspect(key));
  }

  private KeyView free(String key) {
    return await(keys().free(key));
  }
}
