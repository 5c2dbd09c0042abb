package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.FlushOptions;
import org.rocksdb.PerfContext;
import org.rocksdb.PerfLevel;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

class RocksFilesTest {
  /** In one file their filter takes 2.6 MB. */
  private static final int KEYS = 2_200_000;

  private static final int LOOK_UPS = 200;

  /**
   * A filter that is larger than a part of the cache was read from the file for each look-up: with
   * 2.5 million keys a store did a twentieth of what it did with two.
   */
  @Test
  void aLookUpInALargeFileReadsLittleAndNothingTwice(@TempDir Path directory) throws Exception {
    RocksFiles files = RocksFiles.open(directory);
    try {
      writeInOneFile(files.db());
      PerfContext seen = lookUpAbsent(files.db());
      assertThat(seen.getBlockReadByte() / LOOK_UPS).isBetween(1L, 32L * 1024);

      PerfContext again = lookUpAbsent(files.db());
      assertThat(again.getFilterBlockReadCount()).isZero();
      assertThat(again.getIndexBlockReadCount()).isZero();
    } finally {
      files.close();
    }
  }

  private static void writeInOneFile(RocksDB db) throws RocksDBException {
    byte[] value = new byte[8];
    try (WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
        WriteBatch batch = new WriteBatch();
        FlushOptions flush = new FlushOptions()) {
      for (int i = 0; i < KEYS; i++) {
        batch.put(key(2 * i), value);
        if (i % 1_000 == 999) {
          db.write(unlogged, batch);
          batch.clear();
        }
      }
      db.write(unlogged, batch);
      db.flush(flush);
      db.compactRange();
    }
  }

  /** Spread over the whole file. */
  private static PerfContext lookUpAbsent(RocksDB db) throws RocksDBException {
    db.setPerfLevel(PerfLevel.ENABLE_COUNT);
    PerfContext context = db.getPerfContext();
    context.reset();
    for (int i = 0; i < LOOK_UPS; i++) {
      assertThat(db.get(key(2 * (KEYS / LOOK_UPS * i) + 1))).isNull();
    }
    return context;
  }

  private static byte[] key(int number) {
    return "cpayment-%08d".formatted(number).getBytes(UTF_8);
  }
}
