package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.TablePropertiesCollectorFactory;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteOptions;

/** A store's directory, open: {@code db} in it is the RocksDB, {@code native} its library. */
final class RocksFiles {
  /** Blocks read, and the indexes and filters of all files. */
  private static final long BLOCK_CACHE_BYTES = 128L * 1024 * 1024;

  /**
   * Into how many parts the cache is divided, as a power of two. A block that is larger than a part
   * is never kept: with RocksDB's own 64 parts that was the filter of every large file.
   */
  private static final int CACHE_SHARD_BITS = 2;

  /** What was written last lies in memory, in at most so many buffers of this size. */
  private static final long WRITE_BUFFER_BYTES = 32L * 1024 * 1024;

  private static final int MAX_WRITE_BUFFERS = 3;

  /** Of a write buffer, for its filter. */
  private static final double WRITE_BUFFER_FILTER_RATIO = 0.1;

  /** What a start after a crash has to read again. */
  private static final long MAX_WAL_BYTES = 128L * 1024 * 1024;

  private static final int MAX_OPEN_FILES = 1_000;
  private static final int FILTER_BITS_PER_KEY = 10;

  /** Of so many neighbours in a file half are removed ones: it is worth rewriting. */
  private static final int COMPACTION_WINDOW_KEYS = 10_000;

  private static final long MAX_LOG_BYTES = 1024 * 1024;
  private static final int MAX_LOG_FILES = 5;

  /** Goes up where what is written down changes in a way that an older version misreads. */
  private static final int FORMAT = 2;

  private static final byte[] FORMAT_KEY = "m:format".getBytes(UTF_8);

  private final Path directory;
  private final RocksDB db;

  /** Closed in this order. */
  private final Deque<AutoCloseable> open;

  private RocksFiles(Path directory, RocksDB db, Deque<AutoCloseable> open) {
    this.directory = directory;
    this.db = db;
    this.open = open;
  }

  /**
   * Opens the store in that directory; makes it where there is none.
   *
   * @throws StoreOpenException where it can't
   */
  static RocksFiles open(Path directory) throws StoreOpenException {
    Path home = directory.toAbsolutePath().normalize();
    boolean isNew = prepare(home);
    loadLibrary(home);
    Deque<AutoCloseable> open = new ArrayDeque<>();
    try {
      Options options = options(open).setCreateIfMissing(isNew);
      RocksDB db = RocksDB.open(options, databaseOf(home).toString());
      open.push(db);
      RocksFiles files = new RocksFiles(home, db, open);
      files.checkFormat();
      return files;
    } catch (RocksDBException e) {
      closeAll(open);
      throw notOpened(home, e);
    } catch (StoreOpenException | RuntimeException e) {
      closeAll(open);
      throw e;
    }
  }

  RocksDB db() {
    return db;
  }

  RocksCounts counts() throws StoreOpenException {
    try {
      byte[] written = db.get(RocksCounts.KEY);
      return written == null ? RocksCounts.NONE : RocksCounts.of(written);
    } catch (RocksDBException e) {
      throw notOpened(directory, e);
    }
  }

  void close() {
    closeAll(open);
  }

  private static Path databaseOf(Path home) {
    return home.resolve("db");
  }

  /** Whether there is no store yet. A store whose files are in part gone is no new one. */
  private static boolean prepare(Path home) throws StoreOpenException {
    Path database = databaseOf(home);
    try {
      Files.createDirectories(database);
      if (!Files.isWritable(database)) {
        throw new StoreOpenException(
            "The store's directory " + home + " can't be written: give this process the right to",
            null);
      }
      if (Files.exists(database.resolve("CURRENT"))) {
        return false;
      }
      try (Stream<Path> others = Files.list(database)) {
        if (others.anyMatch(file -> file.toString().endsWith(".sst"))) {
          throw new StoreOpenException(
              "The store in " + home + " lacks its file db/CURRENT: restore it from a backup",
              null);
        }
      }
      return true;
    } catch (IOException e) {
      throw new StoreOpenException(
          "The store's directory %s can't be made or read (%s): choose another, or mend that"
              .formatted(home, e),
          e);
    }
  }

  /** Into the store's directory, since a temporary one would gather them, one for each kill. */
  private static void loadLibrary(Path home) throws StoreOpenException {
    try {
      Path folder = Files.createDirectories(home.resolve("native"));
      NativeLibraryLoader.getInstance().loadLibrary(folder.toString());
    } catch (IOException | RuntimeException | UnsatisfiedLinkError e) {
      throw new StoreOpenException(
          "RocksDB's library can't be loaded from %s (%s): files there must be executable, and this platform one of its"
              .formatted(home.resolve("native"), e.getMessage()),
          e);
    }
  }

  private static Options options(Deque<AutoCloseable> open) {
    Cache cache = opened(open, new LRUCache(BLOCK_CACHE_BYTES, CACHE_SHARD_BITS));
    BloomFilter filter = opened(open, new BloomFilter(FILTER_BITS_PER_KEY));
    TablePropertiesCollectorFactory removed =
        opened(
            open,
            TablePropertiesCollectorFactory.NewCompactOnDeletionCollectorFactory(
                COMPACTION_WINDOW_KEYS, COMPACTION_WINDOW_KEYS / 2, 0.5));
    Options options = opened(open, new Options());
    options.setTablePropertiesCollectorFactory(List.of(removed));
    return options
        .setTableFormatConfig(
            new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setFilterPolicy(filter)
                // In small parts: where they outgrow the cache, a look-up reads a few kilobytes.
                .setIndexType(IndexType.kTwoLevelIndexSearch)
                .setPartitionFilters(true)
                // Of a few kilobytes for each file, and looked up in the cache each time otherwise.
                .setPinTopLevelIndexAndFilter(true)
                .setCacheIndexAndFilterBlocks(true)
                .setCacheIndexAndFilterBlocksWithHighPriority(true)
                .setPinL0FilterAndIndexBlocksInCache(true))
        .setWriteBufferSize(WRITE_BUFFER_BYTES)
        .setMaxWriteBufferNumber(MAX_WRITE_BUFFERS)
        // Nearly every claim asks for a key that is not there: two thirds of a look-up's time.
        .setMemtablePrefixBloomSizeRatio(WRITE_BUFFER_FILTER_RATIO)
        .setMemtableWholeKeyFiltering(true)
        .setMaxTotalWalSize(MAX_WAL_BYTES)
        .setMaxOpenFiles(MAX_OPEN_FILES)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        // A record that a kill cut off at the end was never acknowledged. Anything else that can't
        // be read might have been, and stops the start.
        .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
        .setParanoidChecks(true)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(MAX_LOG_BYTES)
        .setKeepLogFileNum(MAX_LOG_FILES);
  }

  private static <T extends AutoCloseable> T opened(Deque<AutoCloseable> open, T resource) {
    open.push(resource);
    return resource;
  }

  private void checkFormat() throws RocksDBException, StoreOpenException {
    byte[] written = db.get(FORMAT_KEY);
    if (written == null) {
      writeFormat();
      return;
    }
    long format = new StateReader(written).readLong();
    if (format != FORMAT) {
      throw new StoreOpenException(
          "The store in %s is of format %d, and this version reads %d: start the version that wrote it"
              .formatted(directory, format, FORMAT),
          null);
    }
  }

  private void writeFormat() throws RocksDBException {
    StateWriter out = new StateWriter();
    out.writeLong(FORMAT);
    try (WriteOptions synced = new WriteOptions().setSync(true)) {
      db.put(synced, FORMAT_KEY, out.written());
    }
  }

  private static StoreOpenException notOpened(Path home, RocksDBException cause) {
    String told = String.valueOf(cause.getMessage());
    Status status = cause.getStatus();
    String text;
    if (told.toLowerCase(Locale.ROOT).contains("lock")) {
      text = "The store in %s is open in another process (%s): stop that, or choose another";
    } else if (status != null && status.getCode() == Status.Code.Corruption) {
      text = "The store in %s is corrupt (%s): restore it from a backup, or choose another";
    } else {
      text = "The store in %s can't be opened (%s)";
    }
    return new StoreOpenException(text.formatted(home, told), cause);
  }

  private static void closeAll(Deque<AutoCloseable> open) {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("RocksDB's objects close without exceptions", e);
      }
    }
  }
}
