package tech.onceonly.server.store;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that carries out everybody's operations, one after the other, and writes what has come
 * together meanwhile down at once: while one group goes to disk the next one gathers. Nobody gets
 * an answer before the group that it came of has been written.
 *
 * <p>What waits is bounded: beyond the bound an operation fails at once. Thread-safe.
 *
 * @param <T> what is operated on, by this thread alone
 */
final class GroupWriter<T extends GroupWriter.Target> {
  private static final Logger LOG = LoggerFactory.getLogger(GroupWriter.class);

  /** A group is carried out and written within some milliseconds. */
  private static final int MAX_GROUP_OPERATIONS = 4_096;

  /** What an operation takes up while it waits, apart from its texts. */
  private static final int OPERATION_BYTES = 512;

  /** What is operated on. */
  interface Target {
    /**
     * Makes what the operations since the last commit have changed durable, all or nothing.
     *
     * @return whether there was anything
     * @throws StoreUnavailableException where that failed; {@link #discard} follows
     */
    boolean commit();

    /** Forgets what the operations since the last commit have changed. */
    void discard();
  }

  /** An operation. It may throw as long as it has changed nothing. */
  interface Work<T, A> {
    A run(T target);
  }

  private final T target;
  private final long maxWaitingBytes;
  private final AtomicLong waitingBytes = new AtomicLong();
  private final LinkedBlockingQueue<List<Asked<T, ?>>> queue = new LinkedBlockingQueue<>();
  private final Promise<Void> ended = Promise.promise();
  private volatile boolean stopping;

  /** Of the thread alone. */
  private boolean failing;

  GroupWriter(T target, long maxWaitingBytes, String threadName) {
    this.target = target;
    this.maxWaitingBytes = maxWaitingBytes;
    Thread thread = new Thread(this::run, threadName);
    thread.setDaemon(true);
    thread.start();
  }

  /** Asks for one operation; {@code bytes} is what its texts take up. */
  <A> Future<A> submit(Work<T, A> work, int bytes) {
    Together together = new Together();
    Future<A> answer = together.add(work, bytes);
    together.submit();
    return answer;
  }

  /** For operations that are asked for, and written, together. */
  Together together() {
    return new Together();
  }

  /** Collects operations. Of one thread. */
  final class Together {
    private final List<Asked<T, ?>> operations = new ArrayList<>(1);

    <A> Future<A> add(Work<T, A> work, int textBytes) {
      int bytes = OPERATION_BYTES + textBytes;
      if (waitingBytes.addAndGet(bytes) > maxWaitingBytes) {
        waitingBytes.addAndGet(-bytes);
        return Future.failedFuture(
            new StoreUnavailableException("More operations wait for the disk than may", null));
      }
      Asked<T, A> asked = new Asked<>(work, bytes);
      operations.add(asked);
      return asked.future();
    }

    void submit() {
      if (operations.isEmpty()) {
        return;
      }
      queue.add(operations);
      if (stopping && ended.future().isComplete()) {
        failWaiting();
      }
    }
  }

  /** Carries out what waits, then ends. What comes later fails. */
  Future<Void> stop() {
    stopping = true;
    // Wakes the thread.
    queue.add(List.of());
    return ended.future();
  }

  private void run() {
    List<Asked<T, ?>> group = new ArrayList<>();
    try {
      while (!stopping || !queue.isEmpty()) {
        take(group);
        carryOut(group);
        answer(group);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      LOG.error("The store's writer was interrupted: it takes nothing more");
    } finally {
      stopping = true;
      group.forEach(asked -> asked.failed(closed()));
      answer(group);
      ended.tryComplete();
      failWaiting();
    }
  }

  private void take(List<Asked<T, ?>> group) throws InterruptedException {
    List<Asked<T, ?>> next = queue.take();
    while (next != null) {
      group.addAll(next);
      next = group.size() < MAX_GROUP_OPERATIONS ? queue.poll() : null;
    }
  }

  private void carryOut(List<Asked<T, ?>> group) {
    group.forEach(asked -> asked.runOn(target));
    try {
      boolean wrote = target.commit();
      if (failing && wrote) {
        LOG.info("The store takes what is written again");
        failing = false;
      }
    } catch (StoreUnavailableException e) {
      target.discard();
      group.forEach(asked -> asked.failed(e));
      if (!failing) {
        LOG.error("The store could not write; calls are answered 503 until it can", e.getCause());
      }
      failing = true;
    }
  }

  private void answer(List<Asked<T, ?>> group) {
    group.forEach(asked -> waitingBytes.addAndGet(-asked.bytes()));
    Asked.answerAll(group);
    group.clear();
  }

  private void failWaiting() {
    List<Asked<T, ?>> waiting = queue.poll();
    while (waiting != null) {
      waiting.forEach(asked -> asked.failed(closed()));
      answer(new ArrayList<>(waiting));
      waiting = queue.poll();
    }
  }

  private static StoreUnavailableException closed() {
    return new StoreUnavailableException("The store has been closed", null);
  }
}
