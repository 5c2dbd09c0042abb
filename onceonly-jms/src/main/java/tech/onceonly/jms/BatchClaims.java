package tech.onceonly.jms;

import jakarta.jms.Message;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.HoldReason;
import tech.onceonly.Mode;

/**
 * The claims of one batch: made together in lease mode, each at its turn in check-lock mode. For
 * one thread.
 */
final class BatchClaims {

  /**
   * How long a message waits for another at work on its key before the leases of those behind it
   * are given back. Two batches with each other's duplicates may wait for each other: what has not
   * begun has no effect yet, and need not be kept.
   */
  private static final Duration KEPT = Duration.ofSeconds(1);

  private final JmsGuard guard;
  private final List<Message> messages;
  private final Object session;

  /** Of the messages from {@link #turn} on; empty where they are not asked for yet. */
  private final Queue<CompletionStage<Decision>> asked = new ArrayDeque<>();

  private int turn;

  BatchClaims(JmsGuard guard, List<Message> messages, Object session) {
    this.guard = guard;
    this.messages = messages;
    this.session = session;
  }

  /** Waits until the next message may run, or be skipped, as long as that takes. */
  Decision next() {
    if (asked.isEmpty() && guard.options().mode() == Mode.LEASE) {
      asked.addAll(guard.decideAll(messages.subList(turn, messages.size()), session));
    }
    Message message = messages.get(turn++);
    CompletionStage<Decision> together = asked.poll();
    if (together != null) {
      Decision decision = guard.decided(message, together);
      if (!JmsGuard.isWaiting(decision)) {
        return decision;
      }
    }
    long began = now();
    return guard.admit(message, session, decision -> waits(decision, began));
  }

  /** What has not begun, and will not, or not now. */
  void giveBack() {
    guard.giveBack(asked);
    asked.clear();
  }

  private void waits(Decision decision, long began) {
    boolean isForAnother =
        decision instanceof Hold hold
            && (hold.reason() == HoldReason.IN_PROGRESS
                || hold.reason() == HoldReason.IN_PROGRESS_HERE);
    if (isForAnother && now() - began >= KEPT.toNanos()) {
      giveBack();
    }
  }

  private long now() {
    return guard.options().nanoTime().getAsLong();
  }
}
