package tech.onceonly.client;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Heartbeats and second tries, on a thread of the client's own: the JVM's common pool may be busy
 * with the user's work just when a lease must be extended. Tasks must not block. Thread-safe.
 */
final class ClientTimer {

  private final Set<Runnable> waiting = ConcurrentHashMap.newKeySet();
  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(
          1,
          task -> {
            Thread made = new Thread(task, "onceonly-client-timer");
            made.setDaemon(true);
            return made;
          });

  /** Runs it once, after so long; at once when closed, so that it finds the client closed. */
  void after(Duration delay, Runnable task) {
    // A lambda that captures nothing is one object for all: each wait needs one of its own.
    Runnable once = new Once(task);
    waiting.add(once);
    try {
      ScheduledFuture<?> unused = thread.schedule(once, delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      once.run();
    }
  }

  /** Runs now all that waits, so that nothing hangs. */
  void close() {
    thread.shutdownNow();
    waiting.forEach(Runnable::run);
  }

  private final class Once implements Runnable {
    private final Runnable task;

    Once(Runnable task) {
      this.task = task;
    }

    @Override
    public void run() {
      if (waiting.remove(this)) {
        task.run();
      }
    }
  }
}
