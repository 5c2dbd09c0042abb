package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksClaimStoreTest extends ClaimStoreContract {
  private static final long MAX_RESULT_BYTES = 10;

  @TempDir Path directory;

  @Override
  ClaimStore newStore(InstantSource clock, int maxKeys) throws StoreOpenException {
    return RocksClaimStore.open(directory, clock, maxKeys, MAX_RESULT_BYTES);
  }

  @Test
  void whatWasClaimedIsHeldAfterAReopeningAndItsRequestIsAnsweredAsTheFirstTime() throws Exception {
    CheckLockAnswer first = checkLock("prüfung/1", 60, "a");
    clock.advance(Duration.ofSeconds(59));
    reopen();
    assertThat(checkLock("prüfung/1", 60, "b").verdict())
        .isEqualTo(CheckLockAnswer.Verdict.DUPLICATE);
    assertThat(checkLock("prüfung/1", 60, "a")).isEqualTo(first);
    clock.advance(Duration.ofSeconds(1));
    assertThat(checkLock("prüfung/1", 60, "b").verdict()).isEqualTo(CheckLockAnswer.Verdict.LOCKED);
  }

  @Test
  void everyStateOfALeaseIsTheSameAfterAReopening() throws Exception {
    List<String> keys = List.of("held", "out", "cancelled", "released", "failed", "done", "bare");
    keys.forEach(key -> lease(key, key.equals("out") ? 1 : 60, "l"));
    await(store.cancel("cancelled", "l"));
    await(store.keys().free("released"));
    await(store.fail("failed", "l", "E-7"));
    complete("done", "l", "{\"n\":1}", "h");
    complete("bare", "l", null, null);
    clock.advance(Duration.ofSeconds(2));
    List<LeaseView> before = keys.stream().map(this::find).toList();
    reopen();
    List<LeaseView> after = keys.stream().map(this::find).toList();
    for (int i = 0; i < keys.size(); i++) {
      assertThat(after.get(i)).as(keys.get(i)).usingRecursiveComparison().isEqualTo(before.get(i));
    }
    assertThat(acquired(lease("out", 60, "m")).version()).isEqualTo(2);
    assertThat(acquired(lease("cancelled", 60, "m")).version()).isEqualTo(2);
    assertThat(acquired(lease("released", 60, "m")).version()).isEqualTo(2);
    settled(store.extend("held", "l", 60));
  }

  @Test
  void fingerprintsAreTheSameAfterAReopening() throws Exception {
    await(store.checkLock("k", 60, "a", fingerprint("one")));
    await(store.lease("k", 60, "l", fingerprint("one")));
    reopen();
    assertThat(await(store.checkLock("k", 60, "b", fingerprint("two"))).fingerprintMismatch())
        .isTrue();
    assertThat(await(store.checkLock("k", 60, "b", fingerprint("one"))).fingerprintMismatch())
        .isFalse();
    assertThat(await(store.lease("k", 60, "m", fingerprint("two"))))
        .isInstanceOfSatisfying(
            LeaseAnswer.Taken.class, taken -> assertThat(taken.fingerprintMismatch()).isTrue());
  }

  @Test
  void theCountOfKeysAndResultsOutlivesAReopening() throws Exception {
    for (int i = 0; i < MAX_KEYS - 1; i++) {
      checkLock("k" + i, 60, "a");
    }
    lease("done", 60, "l");
    complete("done", "l", "\"12345678\"", null);
    reopen();
    assertThat(rocks().size()).isEqualTo(MAX_KEYS);
    assertThat(rocks().resultBytes()).isEqualTo(10);
    assertThat(checkLock("more", 60, "a").verdict()).isEqualTo(CheckLockAnswer.Verdict.FULL);
  }

  @Test
  void sweepingFreesWhatHasExpiredAndNothingElse() {
    checkLock("short", 1, "a");
    checkLock("long", 60, "a");
    lease("running", 1, "a");
    lease("done", 1, "a");
    complete("done", "a", "\"12345678\"", null);
    clock.advance(Duration.ofSeconds(1));
    await(rocks().sweep());
    assertThat(rocks().size()).isEqualTo(3);
    clock.advance(Lease.LAPSED_RETENTION);
    await(rocks().sweep());
    assertThat(rocks().size()).isEqualTo(1);
    assertThat(rocks().resultBytes()).isEqualTo(10);
    clock.advance(Lease.ENDED_RETENTION);
    await(rocks().sweep());
    assertThat(rocks().size()).isZero();
    assertThat(rocks().resultBytes()).isZero();
  }

  @Test
  void sweepingGoesRound() throws Exception {
    await(store.close());
    store = newStore(clock, 5_000);
    together(
        batch -> {
          for (int i = 0; i < 5_000; i++) {
            batch.checkLock("k" + i, 1, "a", null);
          }
        });
    assertThat(checkLock("more", 1, "a").verdict()).isEqualTo(CheckLockAnswer.Verdict.FULL);
    clock.advance(Duration.ofSeconds(1));
    await(rocks().sweep());
    assertThat(rocks().size()).isEqualTo(4_000);
    for (int slice = 0; slice < 5; slice++) {
      await(rocks().sweep());
    }
    assertThat(rocks().size()).isZero();
  }

  @Test
  void aCompletionWithoutRoomForItsResultIsRecordedWithoutIt() {
    lease("a", 60, "l");
    lease("b", 60, "l");
    assertThat(settled(complete("a", "l", "\"12345678\"", "h")).resultDropped()).isFalse();
    LeaseView second = settled(complete("b", "l", "1", "h"));
    assertThat(second.resultDropped()).isTrue();
    assertThat(taken(lease("b", 60, "m")).status()).isEqualTo(LeaseView.Status.COMPLETED);
  }

  @Test
  void wantOfRoomDropsLapsedLeasesBeforeItRefuses() {
    for (int i = 0; i < MAX_KEYS; i++) {
      lease("k" + i, 60, "a");
    }
    assertThat(lease("more", 60, "a")).isInstanceOf(LeaseAnswer.Full.class);
    clock.advance(Duration.ofSeconds(60));
    acquired(lease("more", 60, "a"));
  }

  @Test
  void whatIsClearedIsGoneAndWhatFollowsIsNot() throws Exception {
    checkLock("k", 60, "a");
    lease("k", 60, "a");
    await(store.clear());
    checkLock("later", 60, "a");
    reopen();
    assertThat(rocks().size()).isEqualTo(1);
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(CheckLockAnswer.Verdict.LOCKED);
    assertThat(acquired(lease("k", 60, "b")).version()).isEqualTo(1);
    assertThat(checkLock("later", 60, "b").verdict()).isEqualTo(CheckLockAnswer.Verdict.DUPLICATE);
  }

  @Test
  void aClosedStoreFailsItsCallsAndClosesTwice() {
    await(store.close());
    assertThatThrownBy(() -> checkLock("k", 60, "a"))
        .hasCauseInstanceOf(StoreUnavailableException.class);
    assertThatThrownBy(() -> await(store.keys().list("", KeyStore.Which.HELD, 1, null)))
        .hasCauseInstanceOf(StoreUnavailableException.class);
    store.housekeep();
    await(store.close());
  }

  @Test
  void aStoreThatIsOpenIsNamed() {
    assertThatThrownBy(() -> newStore(clock, MAX_KEYS))
        .isInstanceOf(StoreOpenException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining("is open in another process");
    assertThat(checkLock("k", 60, "a").verdict()).isEqualTo(CheckLockAnswer.Verdict.LOCKED);
  }

  @Test
  void aFileInTheWayIsNamed() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> RocksClaimStore.open(file, clock, MAX_KEYS, 0))
        .isInstanceOf(StoreOpenException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("choose another");
  }

  @Test
  void aCorruptStoreIsNamedAndNotBegunAnew() throws Exception {
    checkLock("k", 60, "a");
    await(store.close());
    Path manifest = fileOf("MANIFEST-");
    byte[] healthy = Files.readAllBytes(manifest);
    byte[] damaged = healthy.clone();
    damaged[damaged.length / 2] ^= 0x55;
    Files.write(manifest, damaged);
    assertThatThrownBy(() -> newStore(clock, MAX_KEYS))
        .isInstanceOf(StoreOpenException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining("is corrupt");
    Files.write(manifest, healthy);
    store = newStore(clock, MAX_KEYS);
    assertThat(checkLock("k", 60, "b").verdict()).isEqualTo(CheckLockAnswer.Verdict.DUPLICATE);
  }

  @Test
  void aDamagedLogOfAcknowledgedClaimsStopsTheStart() throws Exception {
    for (int i = 0; i < 20; i++) {
      checkLock("k" + i, 60, "a");
    }
    // A copy of what lies on disk in the middle of the work, as a kill leaves it.
    Path copy = copyOfDatabase();
    Path log = onlyLogOf(copy);
    byte[] bytes = Files.readAllBytes(log);
    bytes[bytes.length / 2] ^= 0x55;
    Files.write(log, bytes);
    assertThatThrownBy(() -> RocksClaimStore.open(copy, clock, MAX_KEYS, 0))
        .isInstanceOf(StoreOpenException.class)
        .hasMessageContaining("is corrupt");
  }

  @Test
  void aRecordCutOffByAKillIsPassedOverAndTheOnesBeforeAreHeld() throws Exception {
    for (int i = 0; i < 20; i++) {
      checkLock("k" + i, 60, "a");
    }
    Path copy = copyOfDatabase();
    Path log = onlyLogOf(copy);
    byte[] bytes = Files.readAllBytes(log);
    Files.write(log, java.util.Arrays.copyOf(bytes, bytes.length - 10));
    ClaimStore copied = RocksClaimStore.open(copy, clock, MAX_KEYS, 0);
    try {
      for (int i = 0; i < 19; i++) {
        assertThat(await(copied.checkLock("k" + i, 60, "b", null)).verdict())
            .isEqualTo(CheckLockAnswer.Verdict.DUPLICATE);
      }
      assertThat(await(copied.checkLock("k19", 60, "b", null)).verdict())
          .isEqualTo(CheckLockAnswer.Verdict.LOCKED);
    } finally {
      await(copied.close());
    }
  }

  @Test
  void aLostCurrentFileIsNoNewStore() throws Exception {
    checkLock("k", 60, "a");
    reopen();
    await(store.close());
    Path current = fileOf("CURRENT");
    byte[] kept = Files.readAllBytes(current);
    Files.delete(current);
    assertThatThrownBy(() -> newStore(clock, MAX_KEYS))
        .isInstanceOf(StoreOpenException.class)
        .hasMessageContaining("CURRENT");
    Files.write(current, kept);
    store = newStore(clock, MAX_KEYS);
  }

  private RocksClaimStore rocks() {
    return (RocksClaimStore) store;
  }

  private void reopen() throws Exception {
    await(store.close());
    store = newStore(clock, MAX_KEYS);
  }

  private Path fileOf(String beginning) throws Exception {
    try (Stream<Path> files = Files.list(directory.resolve("db"))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(beginning))
          .findFirst()
          .orElseThrow();
    }
  }

  private Path copyOfDatabase() throws Exception {
    Path copy = directory.resolve("copy");
    Path database = Files.createDirectories(copy.resolve("db"));
    try (Stream<Path> files = Files.list(directory.resolve("db"))) {
      for (Path file : files.toList()) {
        Files.copy(file, database.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  private static Path onlyLogOf(Path copy) throws Exception {
    try (Stream<Path> files = Files.list(copy.resolve("db"))) {
      List<Path> logs = files.filter(file -> file.toString().endsWith(".log")).toList();
      assertThat(logs).hasSize(1);
      return logs.get(0);
    }
  }
}
