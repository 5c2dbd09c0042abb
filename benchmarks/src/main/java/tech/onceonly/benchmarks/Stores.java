package tech.onceonly.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/** Starts the project's server on a store that is made for the benchmark, and removed after it. */
final class Stores {

  /** About what RocksDB writes for a batch of 500 claims. */
  private static final int SYNCED_BYTES = 64 * 1024;

  private static final int SYNCS = 200;

  private final Path directory;
  private final RedisProcess redis;
  private final Opened opened;

  /**
   * @param directory where those on disk are made
   * @param opened closes what is started
   */
  Stores(Path directory, RedisProcess redis, Opened opened) {
    this.directory = directory;
    this.redis = redis;
    this.opened = opened;
  }

  /**
   * Starts a server.
   *
   * @param store memory, rocksdb or redis
   */
  ApiProcess start(String store) throws IOException {
    return opened.add(ApiProcess.start(settingOf(store)));
  }

  private String settingOf(String store) throws IOException {
    return switch (store) {
      case "memory" -> "memory";
      case "redis" -> "redis://127.0.0.1:" + redis.port();
      case "rocksdb" -> "rocksdb:" + makeDirectory();
      default -> throw new IllegalArgumentException("there is no store '" + store + "' to measure");
    };
  }

  private Path makeDirectory() throws IOException {
    Path made = Files.createTempDirectory(directory.toAbsolutePath(), "onceonly-bench-");
    opened.add(() -> delete(made));
    System.out.printf(
        "rocksdb on %s in %s: to write and sync %d KiB there takes %.2f ms by itself (median)%n",
        Files.getFileStore(made).type(), made, SYNCED_BYTES / 1024, syncMillis(made));
    return made;
  }

  /** What each batch that is synced waits for, whichever store writes it. */
  private static double syncMillis(Path made) throws IOException {
    Path file = made.resolve("synced");
    double[] millis = new double[SYNCS];
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.allocateDirect(SYNCED_BYTES);
      for (int i = 0; i < SYNCS; i++) {
        long began = System.nanoTime();
        channel.write(bytes.clear());
        channel.force(false);
        millis[i] = (System.nanoTime() - began) / 1e6;
      }
    }
    Files.delete(file);
    return Figures.median(millis);
  }

  private static void delete(Path made) throws IOException {
    try (Stream<Path> tree = Files.walk(made)) {
      for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
