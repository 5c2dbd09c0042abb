package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.server.store.CheckLockAnswer.Verdict.LOCKED;

import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A tenant's share is a store like any other, and meets no other's. */
class TenantStoreTest extends ClaimStoreContract {
  private MemoryClaimStore shared;

  @Override
  ClaimStore newStore(InstantSource time, int maxKeys) {
    shared = new MemoryClaimStore(time, maxKeys, 10);
    return new TenantStore(shared, "shop");
  }

  @Test
  void tenantsNeverMeetWhateverTheirKeysAre() {
    String key = "k";
    List<ClaimStore> others =
        Stream.of("", "sho", "shop2")
            .map(name -> (ClaimStore) new TenantStore(shared, name))
            .toList();
    assertThat(checkLock(key, 60, "a").verdict()).isEqualTo(LOCKED);
    for (ClaimStore other : others) {
      for (String hostile : List.of(key, "shop\0" + key, "p\0" + key, "\0shop\0" + key)) {
        assertThat(await(other.release(hostile, "a"))).isFalse();
        assertThat(await(other.checkLock(hostile, 60, "b", null)).verdict()).isEqualTo(LOCKED);
        assertThat(await(other.keys().free(hostile)).key()).isEqualTo(hostile);
      }
      assertThat(await(other.checkLock("own", 60, "b", null)).verdict()).isEqualTo(LOCKED);
      assertThat(await(other.keys().list("", KeyStore.Which.HELD, 10, null)).keys())
          .extracting(KeyView::key)
          .containsExactly("own");
    }
    assertThat(await(store.keys().list("", KeyStore.Which.HELD, 10, null)).keys())
        .extracting(KeyView::key)
        .containsExactly(key);
  }
}
