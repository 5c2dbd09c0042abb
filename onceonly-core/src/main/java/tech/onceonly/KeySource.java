package tech.onceonly;

import org.jspecify.annotations.Nullable;

/**
 * Reads from a delivery what names its effect.
 *
 * <p>A source must be pure: the same record gives the same text at every delivery, in every
 * process. It sees no scope: namespace, generation and destination are put before its text. A
 * source that throws, be it an {@code Error}, counts as one that found nothing, and is logged; only
 * a {@code VirtualMachineError} other than a stack overflow passes. Thread-safe.
 *
 * <p>It must be quick: it is asked on the thread that polls, and its time comes off the budget that
 * the claims of the poll have together. Deliveries whose turn comes when that is spent are not
 * asked for: as in an outage they run unprotected, or wait where fail-open is off.
 */
@FunctionalInterface
public interface KeySource {

  /**
   * The text, of any length and any characters; null where this delivery has none. Blank text
   * counts as none, and is logged.
   */
  @Nullable String keyOf(Delivery delivery);

  /**
   * Stands in the key, so that different sources never make the same one. Always the same: it is
   * not asked for with every delivery.
   */
  default String name() {
    return getClass().getName();
  }
}
