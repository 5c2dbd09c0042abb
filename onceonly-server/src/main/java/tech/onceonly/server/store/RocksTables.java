package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * Claims and leases in a RocksDB, as one group of operations sees them: with what the group has
 * changed so far. That goes to disk by {@link #commit()}, and is on it when that returns.
 *
 * <p>Of the writer's thread, but for {@link #stored}, {@link #iterator} and {@link #used}.
 */
final class RocksTables implements GroupWriter.Target {
  /** The first byte of a key tells what it is of. */
  static final byte CLAIMS = 'c';

  static final byte LEASES = 'l';

  /** What a group that meets a full store looks at before it is refused. */
  private static final int SLICE_WHEN_FULL = 64;

  private static final long MAX_SKIPPED_FOR_ROOM = 10_000;

  private final RocksFiles files;
  private final InstantSource clock;
  private final int maxKeys;
  private final long maxResultBytes;
  private final RocksSweep sweepForRoom;

  private final WriteBatch batch = new WriteBatch();
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final ReadOptions reading = new ReadOptions();
  private final StateWriter writer = new StateWriter();

  private final Map<String, @Nullable Claim> changedClaims = new HashMap<>();
  private final Map<String, @Nullable Lease> changedLeases = new HashMap<>();
  private RocksCounts counts;
  private volatile RocksCounts committed;

  /** Whether this group has looked for room in vain. */
  private boolean hasNoRoom;

  RocksTables(RocksFiles files, InstantSource clock, int maxKeys, long maxResultBytes)
      throws StoreOpenException {
    this.files = files;
    this.clock = clock;
    this.maxKeys = maxKeys;
    this.maxResultBytes = maxResultBytes;
    this.sweepForRoom = new RocksSweep(MAX_SKIPPED_FOR_ROOM);
    this.counts = files.counts();
    this.committed = counts;
  }

  long now() {
    return clock.millis();
  }

  @Nullable Claim claim(String key) {
    if (changedClaims.containsKey(key)) {
      return changedClaims.get(key);
    }
    byte[] value = stored(storedKey(CLAIMS, key));
    return value == null ? null : Claim.readFrom(new StateReader(value));
  }

  @Nullable Lease lease(String key) {
    if (changedLeases.containsKey(key)) {
      return changedLeases.get(key);
    }
    byte[] value = stored(storedKey(LEASES, key));
    return value == null ? null : Lease.readFrom(new StateReader(value));
  }

  /** False: it would be one key too many. */
  boolean put(String key, @Nullable Claim present, Claim next) {
    if (present == null && !takeRoom()) {
      return false;
    }
    next.writeTo(writer);
    put(storedKey(CLAIMS, key), writer.written());
    changedClaims.put(key, next);
    return true;
  }

  /** False: it would be one key too many. */
  boolean put(String key, @Nullable Lease present, Lease next) {
    if (present == null && !takeRoom()) {
      return false;
    }
    next.writeTo(writer);
    put(storedKey(LEASES, key), writer.written());
    changedLeases.put(key, next);
    int before = present == null ? 0 : present.resultLength();
    counts = counts.plus(0, next.resultLength() - before);
    return true;
  }

  void removeClaim(String key) {
    delete(storedKey(CLAIMS, key));
    changedClaims.put(key, null);
    counts = counts.plus(-1, 0);
  }

  boolean hasRoomForResult(int bytes) {
    return counts.resultBytes() + bytes <= maxResultBytes;
  }

  /**
   * Removes what counts for nothing any more; nothing where it has been changed meanwhile.
   *
   * @param forWantOfRoom released claims and lapsed leases too, which are kept for what comes late
   * @return whether it did
   */
  boolean removeIfDead(byte[] storedKey, boolean forWantOfRoom) {
    String key = keyOf(storedKey);
    long now = now();
    if (storedKey[0] == CLAIMS) {
      Claim claim = claim(key);
      if (claim == null || !isDead(claim, now, forWantOfRoom)) {
        return false;
      }
      removeClaim(key);
      return true;
    }
    Lease lease = lease(key);
    if (lease == null || !isDead(lease, now, forWantOfRoom)) {
      return false;
    }
    delete(storedKey);
    changedLeases.put(key, null);
    counts = counts.plus(-1, -lease.resultLength());
    return true;
  }

  /** As {@link #removeIfDead} would find it. */
  static boolean isDead(byte[] storedKey, byte[] value, long now, boolean forWantOfRoom) {
    StateReader in = new StateReader(value);
    return storedKey[0] == CLAIMS
        ? isDead(Claim.readFrom(in), now, forWantOfRoom)
        : isDead(Lease.readFrom(in), now, forWantOfRoom);
  }

  static boolean fits(byte[] storedKey, byte[] value, KeyStore.Which which, long now) {
    StateReader in = new StateReader(value);
    return storedKey[0] == CLAIMS
        ? which.fits(Claim.readFrom(in), now)
        : which.fits(Lease.readFrom(in), now);
  }

  private static boolean isDead(Claim claim, long now, boolean forWantOfRoom) {
    return claim.isForgotten(now) || (forWantOfRoom && !claim.isLive(now));
  }

  private static boolean isDead(Lease lease, long now, boolean forWantOfRoom) {
    return lease.isForgotten(now) || (forWantOfRoom && lease.isFree(now));
  }

  /** Removes everything, and what the group has done before goes to disk first. */
  void removeAll() {
    commit();
    try {
      batch.deleteRange(new byte[] {CLAIMS}, new byte[] {LEASES + 1});
    } catch (RocksDBException e) {
      throw unavailable("write", e);
    }
    counts = RocksCounts.NONE;
    commit();
  }

  @Override
  public boolean commit() {
    boolean writes = batch.count() > 0;
    try {
      if (writes) {
        batch.put(RocksCounts.KEY, counts.toBytes());
        files.db().write(synced, batch);
        committed = counts;
      }
    } catch (RocksDBException e) {
      throw unavailable("write", e);
    }
    startAnew();
    return writes;
  }

  @Override
  public void discard() {
    counts = committed;
    startAnew();
  }

  private void startAnew() {
    batch.clear();
    changedClaims.clear();
    changedLeases.clear();
    hasNoRoom = false;
  }

  /** As it is on disk, without what the group has changed. */
  byte @Nullable [] stored(byte[] storedKey) {
    try {
      return files.db().get(reading, storedKey);
    } catch (RocksDBException e) {
      throw unavailable("read", e);
    }
  }

  /** Over what is on disk now. */
  RocksIterator iterator(ReadOptions options) {
    return files.db().newIterator(options);
  }

  /** Whether it stopped at the end, and not because it could not go on. */
  static void check(RocksIterator iterator) {
    try {
      iterator.status();
    } catch (RocksDBException e) {
      throw unavailable("read", e);
    }
  }

  /** Of what is on disk, live or not. */
  RocksCounts used() {
    return committed;
  }

  void close() {
    sweepForRoom.close();
    batch.close();
    synced.close();
    reading.close();
    files.close();
  }

  static byte[] storedKey(byte table, String key) {
    byte[] utf8 = key.getBytes(UTF_8);
    byte[] stored = new byte[1 + utf8.length];
    stored[0] = table;
    System.arraycopy(utf8, 0, stored, 1, utf8.length);
    return stored;
  }

  static String keyOf(byte[] storedKey) {
    return new String(Arrays.copyOfRange(storedKey, 1, storedKey.length), UTF_8);
  }

  private boolean takeRoom() {
    if (counts.keys() >= maxKeys && !hasNoRoom) {
      hasNoRoom = !makeRoom();
    }
    if (counts.keys() >= maxKeys) {
      return false;
    }
    counts = counts.plus(1, 0);
    return true;
  }

  private boolean makeRoom() {
    boolean made = false;
    for (byte[] dead : sweepForRoom.deadAmongNext(SLICE_WHEN_FULL, this, true)) {
      made |= removeIfDead(dead, true);
    }
    return made;
  }

  private void put(byte[] storedKey, byte[] value) {
    try {
      batch.put(storedKey, value);
    } catch (RocksDBException e) {
      throw unavailable("write", e);
    }
  }

  private void delete(byte[] storedKey) {
    try {
      batch.delete(storedKey);
    } catch (RocksDBException e) {
      throw unavailable("write", e);
    }
  }

  private static StoreUnavailableException unavailable(String doing, RocksDBException cause) {
    return new StoreUnavailableException(
        "The store can't " + doing + ": " + cause.getMessage(), cause);
  }
}
