package tech.onceonly.benchmarks;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the effects of numbered messages, each for itself, and times them all. Thread-safe. */
final class Tally {

  private static final long PATIENCE_MINUTES = 10;

  private final AtomicIntegerArray effects;
  private final CountDownLatch left;
  private final AtomicLong beganNanos = new AtomicLong();
  private volatile long endedNanos;

  Tally(int messages) {
    effects = new AtomicIntegerArray(messages);
    left = new CountDownLatch(messages);
  }

  /** The message with this number, from 0, has its effect. */
  void effect(int number) {
    beganNanos.compareAndSet(0, System.nanoTime());
    effects.incrementAndGet(number);
    left.countDown();
    if (left.getCount() == 0) {
      endedNanos = System.nanoTime();
    }
  }

  boolean isEnded() {
    return left.getCount() == 0;
  }

  /** Waits until there have been as many effects as messages. */
  void await() throws InterruptedException {
    if (!left.await(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
      throw new IllegalStateException(
          left.getCount() + " of " + effects.length() + " messages have had no effect");
    }
  }

  /**
   * Messages a second, from the first effect to the last.
   *
   * @throws IllegalStateException if one had none, or several
   */
  double rate() {
    for (int i = 0; i < effects.length(); i++) {
      if (effects.get(i) != 1) {
        throw new IllegalStateException("message " + i + " had " + effects.get(i) + " effects");
      }
    }
    return effects.length() * 1e9 / (endedNanos - beganNanos.get());
  }
}
