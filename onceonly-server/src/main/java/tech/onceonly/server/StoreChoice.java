package tech.onceonly.server;

import io.vertx.core.Vertx;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import tech.onceonly.server.store.ClaimStore;
import tech.onceonly.server.store.MemoryClaimStore;
import tech.onceonly.server.store.RedisSettings;
import tech.onceonly.server.store.RedisStart;
import tech.onceonly.server.store.RocksClaimStore;
import tech.onceonly.server.store.StoreOpenException;

/** Where a server keeps its keys: {@code memory}, {@code rocksdb:DIR}, or a Redis's URL. */
sealed interface StoreChoice {
  String MEMORY = "memory";
  String ROCKSDB = "rocksdb:";
  String REDIS = "redis://";
  String REDIS_TLS = "rediss://";

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
        throw new SettingException(
            e, "%s '%s' names no directory: %s", Setting.STORE, setting, e.getMessage());
      }
    }
    if (setting.startsWith(REDIS) || setting.startsWith(REDIS_TLS)) {
      try {
        return new Redis(RedisSettings.of(setting));
      } catch (IllegalArgumentException e) {
        String fault = String.valueOf(e.getMessage()).replaceFirst("^" + Setting.STORE + " ", "");
        throw new SettingException(e, "%s %s", Setting.STORE, fault);
      }
    }
    // What it is stays out of the message: it may hold a password.
    throw new SettingException(
        "%s is neither memory, nor rocksdb: with a directory after it, nor redis://HOST,"
            + " nor rediss://HOST",
        Setting.STORE);
  }

  /**
   * Most keys held at once.
   *
   * @param given null for the default
   */
  int maxKeys(@Nullable Integer given);

  /** Most bytes of results held at once, see {@link #maxKeys}. */
  long maxResultBytes(@Nullable Long given);

  /** The most keys, for people. */
  default String toldBound(int maxKeys) {
    return "%,d keys".formatted(maxKeys);
  }

  /**
   * Opens it, and waits until it is open.
   *
   * @param vertx whose event loops will ask it
   */
  ClaimStore open(ServerOptions options, Vertx vertx) throws StoreOpenException;

  /** As it may be printed: it holds no secret. */
  @Override
  String toString();

  /** In this process's heap. */
  record Memory() implements StoreChoice {
    @Override
    public int maxKeys(@Nullable Integer given) {
      return given == null ? ServerOptions.DEFAULT_MAX_KEYS : given;
    }

    @Override
    public long maxResultBytes(@Nullable Long given) {
      return given == null ? ServerOptions.DEFAULT_MAX_RESULT_BYTES : given;
    }

    @Override
    public ClaimStore open(ServerOptions options, Vertx vertx) {
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
    public int maxKeys(@Nullable Integer given) {
      return given == null ? ServerOptions.DEFAULT_MAX_KEYS_ON_DISK : given;
    }

    @Override
    public long maxResultBytes(@Nullable Long given) {
      return given == null ? ServerOptions.DEFAULT_MAX_RESULT_BYTES_ON_DISK : given;
    }

    @Override
    public ClaimStore open(ServerOptions options, Vertx vertx) throws StoreOpenException {
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

  /** In a Redis, which other servers may share. */
  record Redis(RedisSettings settings) implements StoreChoice {
    /** What opening takes beyond the waits that the settings bound. */
    private static final Duration OPENING = Duration.ofSeconds(20);

    @Override
    public int maxKeys(@Nullable Integer given) {
      return notBoundedHere(Setting.MAX_KEYS, given, Integer.MAX_VALUE);
    }

    @Override
    public long maxResultBytes(@Nullable Long given) {
      return notBoundedHere(Setting.MAX_RESULT_BYTES, given, Long.MAX_VALUE);
    }

    @Override
    public String toldBound(int maxKeys) {
      return "as many keys as its maxmemory lets in";
    }

    @Override
    public ClaimStore open(ServerOptions options, Vertx vertx) throws StoreOpenException {
      boolean isGiven = !options.clock().equals(InstantSource.system());
      // Redis's own clock is better than the system's: all servers on it share it.
      InstantSource clock = isGiven ? options.clock() : null;
      try {
        return BlockingBridge.await(
            RedisStart.open(vertx, settings, clock).toCompletionStage(),
            settings.startTimeout().plus(settings.longestWait()).plus(OPENING),
            "Opening the store " + settings);
      } catch (ServerException e) {
        throw e.getCause() instanceof StoreOpenException told
            ? told
            : new StoreOpenException(String.valueOf(e.getMessage()), e);
      }
    }

    @Override
    public String toString() {
      return settings.toString();
    }

    private static <N> N notBoundedHere(Setting setting, @Nullable N given, N unbounded) {
      SettingException.check(
          given == null, "%s is not for a Redis: set its own maxmemory instead", setting);
      return unbounded;
    }
  }
}
