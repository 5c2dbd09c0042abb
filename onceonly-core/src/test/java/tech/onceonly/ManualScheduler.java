package tech.onceonly;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Time that moves when told: the nanosecond ticker, and what was scheduled on it. */
final class ManualScheduler extends ScheduledThreadPoolExecutor {

  private record Task(long atNanos, long everyNanos, Runnable work) {}

  private final List<Task> tasks = new ArrayList<>();
  private long now = 1_000;

  ManualScheduler() {
    super(0);
  }

  long now() {
    return now;
  }

  /** Runs, in their order, all that falls due on the way. */
  void advance(java.time.Duration by) {
    long end = now + by.toNanos();
    while (true) {
      Task due =
          tasks.stream()
              .filter(task -> task.atNanos <= end)
              .min(Comparator.comparingLong(Task::atNanos))
              .orElse(null);
      if (due == null) {
        now = end;
        return;
      }
      tasks.remove(due);
      now = Math.max(now, due.atNanos);
      if (due.everyNanos > 0) {
        tasks.add(new Task(now + due.everyNanos, due.everyNanos, due.work));
      }
      due.work.run();
    }
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    tasks.add(new Task(now + unit.toNanos(delay), 0, command));
    return null;
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    tasks.add(new Task(now + unit.toNanos(initialDelay), unit.toNanos(delay), command));
    return null;
  }
}
