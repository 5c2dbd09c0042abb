package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What looks at many keys, on a thread of its own, so that no operation waits for it: the search
 * for what has expired, and an operator's lists, in the order of the keys' UTF-8. Thread-safe.
 */
final class RocksReader implements KeyStore {
  private static final Logger LOG = LoggerFactory.getLogger(RocksReader.class);

  private static final Comparator<String> IN_UTF8 =
      Comparator.comparing(key -> key.getBytes(UTF_8), Arrays::compareUnsigned);

  /** A whole round takes about ten minutes, however many keys there are. */
  private static final int SLICES_PER_ROUND = 6_000;

  private static final int SMALLEST_SLICE = 1_000;
  private static final int MAX_WAITING_LISTS = 16;

  private final RocksTables tables;
  private final GroupWriter<RocksTables> writer;
  private final ExecutorService thread;
  private final RocksSweep sweep = new RocksSweep(0);
  private final ReadOptions listing = new ReadOptions().setFillCache(false);
  private final AtomicBoolean hasFailed = new AtomicBoolean();
  private final AtomicBoolean sweeping = new AtomicBoolean();
  private final AtomicInteger waitingLists = new AtomicInteger();
  private volatile boolean stopping;

  RocksReader(RocksTables tables, GroupWriter<RocksTables> writer, String threadName) {
    this.tables = tables;
    this.writer = writer;
    this.thread =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread made = new Thread(work, threadName);
              made.setDaemon(true);
              return made;
            });
  }

  /** Removes what is dead in the next slice, unless the slice before is still at it. */
  Future<Void> sweep() {
    if (!sweeping.compareAndSet(false, true)) {
      return Future.succeededFuture();
    }
    return run(this::findDead)
        .compose(dead -> dead.isEmpty() ? Future.succeededFuture() : remove(dead))
        .onComplete(swept -> sweeping.set(false), cause -> sweepFailed(cause));
  }

  /** Ends when what is under way has ended; what comes later fails. */
  synchronized Future<Void> stop() {
    stopping = true;
    Promise<Void> stopped = Promise.promise();
    thread.execute(
        () -> {
          sweep.close();
          listing.close();
          stopped.complete();
        });
    thread.shutdown();
    return stopped.future();
  }

  @Override
  public Future<KeyView> inspect(String key) {
    return writer.submit(all -> viewOf(key, all), OperationStore.bytesOf(key));
  }

  @Override
  public Future<KeyView> free(String key) {
    return writer.submit(
        all -> {
          KeyView view = viewOf(key, all);
          if (all.claim(key) != null) {
            all.removeClaim(key);
          }
          Lease lease = all.lease(key);
          // Kept as released, and not removed: the next owner's version must be a later one. So is
          // one that ran out, which its late holder could complete otherwise.
          if (lease != null && !lease.isForgotten(all.now()) && !lease.isReleased()) {
            all.put(key, lease, lease.released(all.now()));
          }
          return view;
        },
        OperationStore.bytesOf(key));
  }

  @Override
  public Future<KeyPage> list(String prefix, Which which, int limit, @Nullable String cursor) {
    if (waitingLists.incrementAndGet() > MAX_WAITING_LISTS) {
      waitingLists.decrementAndGet();
      return Future.failedFuture(new StoreUnavailableException("Too many lists wait", null));
    }
    return run(all -> page(prefix, which, limit, cursor))
        .onComplete(listed -> waitingLists.decrementAndGet());
  }

  private static KeyView viewOf(String key, RocksTables all) {
    return KeyView.of(key, all.claim(key), all.lease(key), all.now());
  }

  private synchronized <A> Future<A> run(GroupWriter.Work<RocksTables, A> work) {
    if (stopping) {
      return Future.failedFuture(new StoreUnavailableException("The store has been closed", null));
    }
    Asked<RocksTables, A> asked = new Asked<>(work, 0);
    thread.execute(
        () -> {
          asked.runOn(tables);
          Asked.answerAll(List.of(asked));
        });
    return asked.future();
  }

  private List<byte[]> findDead(RocksTables all) {
    long slice = Math.max(SMALLEST_SLICE, all.used().keys() / SLICES_PER_ROUND);
    return sweep.deadAmongNext((int) slice, all, false);
  }

  private Future<Void> remove(List<byte[]> dead) {
    return writer
        .submit(
            all -> {
              dead.forEach(key -> all.removeIfDead(key, false));
              return true;
            },
            dead.stream().mapToInt(key -> key.length).sum())
        .mapEmpty();
  }

  private void sweepFailed(Throwable cause) {
    sweeping.set(false);
    if (!stopping && !hasFailed.getAndSet(true)) {
      LOG.warn("What has expired could not be removed; told once", cause);
    }
  }

  private KeyPage page(String prefix, Which which, int limit, @Nullable String cursor) {
    long now = tables.now();
    NavigableSet<String> found = new TreeSet<>(IN_UTF8);
    if (which == Which.HELD) {
      add(found, RocksTables.CLAIMS, prefix, which, limit, cursor, now);
    }
    add(found, RocksTables.LEASES, prefix, which, limit, cursor, now);
    List<String> first = found.stream().limit(limit).toList();
    List<KeyView> keys =
        first.stream().map(key -> storedView(key, now)).filter(which::fits).toList();
    return new KeyPage(keys, found.size() > limit ? first.get(first.size() - 1) : null);
  }

  /** Of one table the first ones that fit, and one more that tells of further ones. */
  private void add(
      NavigableSet<String> found,
      byte table,
      String prefix,
      Which which,
      int limit,
      @Nullable String cursor,
      long now) {
    byte[] from = RocksTables.storedKey(table, prefix);
    byte[] after = RocksTables.storedKey(table, cursor == null ? "" : cursor);
    int added = 0;
    try (RocksIterator entry = tables.iterator(listing)) {
      entry.seek(Arrays.compareUnsigned(after, from) > 0 ? after : from);
      for (; added <= limit && !stopping && isWithin(entry, from); entry.next()) {
        byte[] key = entry.key();
        boolean isAfter = cursor == null || !Arrays.equals(key, after);
        if (isAfter && RocksTables.fits(key, entry.value(), which, now)) {
          found.add(RocksTables.keyOf(key));
          added++;
        }
      }
      RocksTables.check(entry);
    }
  }

  private static boolean isWithin(RocksIterator entry, byte[] from) {
    if (!entry.isValid()) {
      return false;
    }
    byte[] key = entry.key();
    return key.length >= from.length && Arrays.equals(key, 0, from.length, from, 0, from.length);
  }

  private KeyView storedView(String key, long now) {
    byte[] claim = tables.stored(RocksTables.storedKey(RocksTables.CLAIMS, key));
    byte[] lease = tables.stored(RocksTables.storedKey(RocksTables.LEASES, key));
    return KeyView.of(
        key,
        claim == null ? null : Claim.readFrom(new StateReader(claim)),
        lease == null ? null : Lease.readFrom(new StateReader(lease)),
        now);
  }
}
