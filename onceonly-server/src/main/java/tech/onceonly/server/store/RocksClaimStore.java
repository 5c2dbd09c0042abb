package tech.onceonly.server.store;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Claims and leases in a directory on this machine's disk. What has been answered has been written
 * and synced before: it survives the end of this process, however it ends, and that of the machine
 * as far as its disk keeps what it says it has written.
 *
 * <p>One thread carries all operations out, see {@link GroupWriter}; another one looks for what has
 * expired, and lists. Expiry is checked whenever a key is read, so that these only free room.
 */
public final class RocksClaimStore extends OperationStore {
  /** What waits for the disk, in memory; beyond it calls are refused. */
  private static final long MAX_WAITING_BYTES = 64L * 1024 * 1024;

  private final RocksTables tables;
  private final GroupWriter<RocksTables> writer;
  private final RocksReader reader;
  private final Promise<Void> closed = Promise.promise();
  private final AtomicBoolean closing = new AtomicBoolean();

  private RocksClaimStore(RocksTables tables) {
    this.tables = tables;
    this.writer = new GroupWriter<>(tables, MAX_WAITING_BYTES, "onceonly-store-writer");
    this.reader = new RocksReader(tables, writer, "onceonly-store-reader");
  }

  /**
   * Opens the store in that directory; makes it where there is none. Takes seconds at most, however
   * many keys it holds.
   *
   * @throws StoreOpenException where it can't
   */
  public static RocksClaimStore open(
      Path directory, InstantSource clock, int maxKeys, long maxResultBytes)
      throws StoreOpenException {
    RocksFiles files = RocksFiles.open(directory);
    return new RocksClaimStore(new RocksTables(files, clock, maxKeys, maxResultBytes));
  }

  @Override
  <A> Future<A> ask(GroupWriter.Work<RocksTables, A> work, int bytes) {
    return writer.submit(work, bytes);
  }

  @Override
  public void together(Consumer<ClaimStore> calls) {
    Together together = new Together(writer.together());
    calls.accept(together);
    together.operations.submit();
  }

  @Override
  public KeyStore keys() {
    return reader;
  }

  @Override
  public void housekeep() {
    reader.sweep();
  }

  @Override
  public Future<Void> clear() {
    return ask(
            all -> {
              all.removeAll();
              return true;
            },
            0)
        .mapEmpty();
  }

  @Override
  public Future<Void> close() {
    if (closing.compareAndSet(false, true)) {
      // In this order: whoever still uses it once it is closed would crash the process.
      reader
          .stop()
          .compose(stopped -> writer.stop())
          .onComplete(
              stopped -> {
                tables.close();
                closed.complete();
              });
    }
    return closed.future();
  }

  /** As {@link #housekeep}, and tells when it has been done. */
  Future<Void> sweep() {
    return reader.sweep();
  }

  @Override
  public long size() {
    return tables.used().keys();
  }

  @Override
  public long resultBytes() {
    return tables.used().resultBytes();
  }

  /** Collects what is asked together. */
  private final class Together extends OperationStore {
    private final GroupWriter<RocksTables>.Together operations;

    private Together(GroupWriter<RocksTables>.Together operations) {
      this.operations = operations;
    }

    @Override
    <A> Future<A> ask(GroupWriter.Work<RocksTables, A> work, int bytes) {
      return operations.add(work, bytes);
    }

    @Override
    public void housekeep() {
      RocksClaimStore.this.housekeep();
    }

    @Override
    public Future<Void> close() {
      return RocksClaimStore.this.close();
    }
  }
}
