package tech.onceonly.jms;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Process;
import tech.onceonly.Decision.ProcessUnprotected;

/**
 * Messages that run, or wait for their commit, under claims: what closing waits for. Those of a
 * hook that has dropped its decision are forgotten with it. Thread-safe.
 */
final class InHand {

  private record One(
      Thread thread, CompletableFuture<Void> returned, CompletableFuture<Void> settled) {}

  private final Map<Decision, One> all = Collections.synchronizedMap(new WeakHashMap<>());

  /** It may run, where it is one that does. */
  void add(Decision decision, Thread thread) {
    boolean isClaimed =
        decision instanceof Process
            || (decision instanceof ProcessUnprotected unprotected && unprotected.key() != null);
    if (isClaimed) {
      One one = new One(thread, new CompletableFuture<>(), new CompletableFuture<>());
      synchronized (all) {
        // Begun anew under the same claim: the run before is over. Its equal decision must not stay
        // the key, or this one would be forgotten with that.
        end(all.remove(decision), true);
        all.put(decision, one);
      }
    }
  }

  Decision added(Decision decision, Thread thread) {
    add(decision, thread);
    return decision;
  }

  /** Its listener has returned, or thrown. */
  void returned(Decision decision) {
    end(all.get(decision), false);
  }

  /** Its outcome is told, or never will be. */
  void settled(Decision decision) {
    end(all.remove(decision), true);
  }

  /** Completes when the listeners have ended that are at work now on other threads than this. */
  CompletionStage<Void> allReturned() {
    return elsewhere(One::returned);
  }

  /**
   * Completes when the outcomes are known of all that is in hand now on other threads than this.
   */
  CompletionStage<Void> allSettled() {
    return elsewhere(One::settled);
  }

  private CompletionStage<Void> elsewhere(Function<One, CompletableFuture<Void>> end) {
    List<One> now;
    synchronized (all) {
      now = List.copyOf(all.values());
    }
    return CompletableFuture.allOf(
        now.stream()
            .filter(one -> one.thread() != Thread.currentThread())
            .map(end)
            .toArray(CompletableFuture<?>[]::new));
  }

  private static void end(@Nullable One one, boolean settled) {
    if (one != null) {
      one.returned().complete(null);
      if (settled) {
        one.settled().complete(null);
      }
    }
  }
}
