package tech.onceonly.server.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;

/** Goes round and round over what is stored, and finds what counts for nothing any more. */
final class RocksSweep implements AutoCloseable {
  private final ReadOptions reading;
  private byte @Nullable [] position;

  /**
   * @param maxSkipped how many removed keys, which still lie about until they are compacted, a
   *     slice may meet before it gives up; 0 for any number
   */
  RocksSweep(long maxSkipped) {
    reading = new ReadOptions().setFillCache(false).setMaxSkippableInternalKeys(maxSkipped);
  }

  /** The keys of the dead among the next so many entries. */
  List<byte[]> deadAmongNext(int entries, RocksTables tables, boolean forWantOfRoom) {
    long now = tables.now();
    List<byte[]> dead = new ArrayList<>();
    try (RocksIterator entry = tables.iterator(reading)) {
      entry.seek(position == null ? new byte[] {RocksTables.CLAIMS} : position);
      for (int seen = 0; seen < entries && isEntry(entry); seen++) {
        byte[] key = entry.key();
        if (RocksTables.isDead(key, entry.value(), now, forWantOfRoom)) {
          dead.add(key);
        }
        entry.next();
      }
      position = isEntry(entry) ? entry.key() : null;
      checkStatus(entry);
    }
    return dead;
  }

  @Override
  public void close() {
    reading.close();
  }

  /** Where too much lies about it begins again the next time, as at the end. */
  private static void checkStatus(RocksIterator entry) {
    try {
      entry.status();
    } catch (RocksDBException e) {
      if (e.getStatus() == null || e.getStatus().getCode() != Status.Code.Incomplete) {
        throw new StoreUnavailableException("The store can't read: " + e.getMessage(), e);
      }
    }
  }

  private static boolean isEntry(RocksIterator entry) {
    return entry.isValid() && entry.key()[0] <= RocksTables.LEASES;
  }
}
