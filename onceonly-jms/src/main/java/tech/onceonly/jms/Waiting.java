package tech.onceonly.jms;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tech.onceonly.BlockingBridge;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.Refuse;
import tech.onceonly.Standstill;
import tech.onceonly.client.EventLoops;

/**
 * Messages of one destination that are held or refused: they stand still on their threads and are
 * asked for again, until they are decided, or this is closed. Thread-safe.
 */
final class Waiting {

  /** How often a wait looks up whether its message is still wanted. */
  private static final Duration LOOK_UP = Duration.ofMillis(100);

  private final JmsOptions options;
  private final Standstill standstill;
  private final CompletableFuture<Void> closing = new CompletableFuture<>();

  Waiting(JmsOptions options) {
    this.options = options;
    standstill =
        new Standstill(
            options.scope() + ", " + options.destination(), options.maxHold(), options.nanoTime());
  }

  /**
   * Asks until the decision neither holds nor refuses; or so long.
   *
   * @param most null for as long as it takes
   * @param wanted whether the wait goes on; where not, what was decided last comes back
   * @throws UndecidedException if the thread is interrupted or this is closed
   */
  Decision decide(Supplier<Decision> ask, @Nullable Duration most, BooleanSupplier wanted) {
    long began = options.nanoTime().getAsLong();
    if (closing.isDone()) {
      EventLoops.refuseToBlock();
      pause(options.maxHold());
      throw closed();
    }
    while (true) {
      Decision decision = ask.get();
      if (!(decision instanceof Hold) && !(decision instanceof Refuse)) {
        standstill.end();
        return decision;
      }
      Duration wait = standstill.pause(decision, 1);
      if (most != null) {
        Duration left = most.minusNanos(options.nanoTime().getAsLong() - began);
        if (wait.compareTo(left) > 0) {
          return decision;
        }
      }
      if (!isWantedFor(wait, wanted)) {
        return decision;
      }
    }
  }

  /** Ends the waits. False where it is closed already. */
  boolean close() {
    return closing.complete(null);
  }

  static UndecidedException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new UndecidedException("interrupted before it was decided: not handled", e);
  }

  /** Waits, and tells whether the message was wanted all the time. */
  private boolean isWantedFor(Duration wait, BooleanSupplier wanted) {
    long until = options.nanoTime().getAsLong() + wait.toNanos();
    for (long left = wait.toNanos(); left > 0; left = until - options.nanoTime().getAsLong()) {
      if (!wanted.getAsBoolean()) {
        return false;
      }
      if (isClosedWithin(Duration.ofNanos(Math.min(left, LOOK_UP.toNanos())))) {
        throw closed();
      }
    }
    return true;
  }

  private boolean isClosedWithin(Duration wait) {
    try {
      BlockingBridge.await(closing, wait);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static void pause(Duration wait) {
    try {
      BlockingBridge.pause(wait);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private UndecidedException closed() {
    return new UndecidedException(
        "a message of "
            + options.destination()
            + " was not handled: OnceOnly is closed; stop its consumers before it",
        null);
  }
}
