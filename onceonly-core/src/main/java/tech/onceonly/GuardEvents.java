package tech.onceonly;

import java.time.Duration;
import java.util.List;

/**
 * What a guard tells of its work, for metrics and alerts.
 *
 * <p>Called on the thread where it happens, an event loop among them: return at once, never block.
 * What is thrown is logged and changes nothing. Implementations are thread-safe.
 */
public interface GuardEvents {

  /** Nobody listens. */
  GuardEvents NONE = new GuardEvents() {};

  /** Tells each of them, in this order. What one throws is logged, and the others hear it all. */
  static GuardEvents all(GuardEvents... listeners) {
    return new SafeEvents(listeners);
  }

  /**
   * Deliveries are about to be decided together, on the thread that wants to know: one, or those of
   * a poll or a batch.
   *
   * @return told of all of them; {@link Asked#NOBODY} where that is of no interest, which costs
   *     nothing
   */
  default Asked asks(List<? extends Delivery> deliveries) {
    return Asked.NOBODY;
  }

  /**
   * A delivery was decided.
   *
   * @param decision as the guard would have it; in a dry run the delivery runs all the same
   * @param took from the question to the decision
   */
  default void decided(Delivery delivery, Decision decision, Duration took) {}

  /**
   * A delivery was skipped whose fingerprint is another than that of what claimed its key: a sign
   * of a wrong key, one that names two effects.
   */
  default void fingerprintMismatch(Delivery delivery, IdempotencyKey key) {}

  /** The service knows of the outcome, or needs not know. */
  default void settled(IdempotencyKey key, Outcome outcome) {}

  /** The outcome could not be told yet; it is tried again in the background. */
  default void settleDelayed(IdempotencyKey key, Outcome outcome, String message) {}

  /** The outcome was never told: the claim runs out by itself. */
  default void settleGivenUp(IdempotencyKey key, Outcome outcome, String message) {}

  /** Another owner may have run the same effect. */
  default void leaseLost(IdempotencyKey key) {}

  /** A key that was processed unprotected has been claimed after the outage. */
  default void claimedAfterwards(IdempotencyKey key) {}

  /** A key that was processed unprotected will not be claimed: its redelivery elsewhere may run. */
  default void notClaimedAfterwards(IdempotencyKey key, String message) {}

  /** The first answer that could not be relied on. */
  default void outageBegan(OutageReason reason) {}

  /** The API answers again, or the guard was closed meanwhile: each that began ends once. */
  default void outageEnded(Duration lasted, long unprotected) {}

  /** Hears what became of one question. */
  @FunctionalInterface
  interface Asked {

    /** Hears nothing. */
    Asked NOBODY = decisions -> {};

    /**
     * The last of them is decided.
     *
     * @param decisions in the deliveries' order, as the adapter gets them
     */
    void decided(List<Decision> decisions);
  }
}
