package tech.onceonly.server;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import tech.onceonly.server.store.ClaimStore;
import tech.onceonly.server.store.MemoryClaimStore;
import tech.onceonly.server.store.RocksClaimStore;
import tech.onceonly.server.store.StoreOpenException;

/** Where a server keeps its keys: {@code memory}, or {@code rocksdb:DIR}. */
sealed interface StoreChoice {
  String MEMORY = "memory";
  String ROCKSDB = "rocksdb:";

  /**
   * Reads a setting.
   *
   * @throws IllegalArgumentException naming the mend
   */
  static StoreChoice of(String setting) {
    if (setting.equals(MEMORY)) {
      return new Memory();
    }
    if (setting.startsWith(ROCKSDB) && setting.length() > ROCKSDB.length()) {
      try {
        return new Rocks(Path.of(setting.substring(ROCKSDB.length())));
      } catch (InvalidPathException e) {
        throw new IllegalArgumentException(
            "store '" + setting + "' names no directory: " + e.getMessage(), e);
      }
    }
    throw new IllegalArgumentException(
        "store '" + setting + "' is neither memory nor rocksdb: with a directory after it");
  }

  /** Most keys held at once unless told otherwise. */
  int defaultMaxKeys();

  /** Most bytes of results held at once unless told otherwise. */
  long defaultMaxResultBytes();

  ClaimStore open(ServerOptions options) throws StoreOpenException;

  /** As it may be printed: it holds no secret. */
  @Override
  String toString();

  /** In this process's heap. */
  record Memory() implements StoreChoice {
    @Override
    public int defaultMaxKeys() {
      return ServerOptions.DEFAULT_MAX_KEYS;
    }

    @Override
    public long defaultMaxResultBytes() {
      return ServerOptions.DEFAULT_MAX_RESULT_BYTES;
    }

    @Override
    public ClaimStore open(ServerOptions options) {
      return new MemoryClaimStore(options.clock(), options.maxKeys(), options.maxResultBytes());
    }

    @Override
    public String toString() {
      return MEMORY;
    }
  }

  /** On this machine's disk. */
  record Rocks(Path directory) implements StoreChoice {
    @Override
    public int defaultMaxKeys() {
      return ServerOptions.DEFAULT_MAX_KEYS_ON_DISK;
    }

    @Override
    public long defaultMaxResultBytes() {
      return ServerOptions.DEFAULT_MAX_RESULT_BYTES_ON_DISK;
    }

    @Override
    public ClaimStore open(ServerOptions options) throws StoreOpenException {
      try {
        return RocksClaimStore.open(
            directory, options.clock(), options.maxKeys(), options.maxResultBytes());
      } catch (NoClassDefFoundError e) {
        throw new StoreOpenException(
            "The store " + this + " needs org.rocksdb:rocksdbjni on the class path: add it", e);
      }
    }

    @Override
    public String toString() {
      return ROCKSDB + directory.toAbsolutePath().normalize();
    }
  }
}
