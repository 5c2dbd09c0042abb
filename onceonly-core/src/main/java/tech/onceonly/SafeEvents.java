package tech.onceonly;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes events on; a listener of events that throws must decide neither over a delivery nor over
 * what the others hear.
 */
final class SafeEvents implements GuardEvents {

  private static final Logger LOG = LoggerFactory.getLogger(SafeEvents.class);

  private final List<GuardEvents> listeners;

  SafeEvents(GuardEvents... listeners) {
    this.listeners = List.of(listeners);
  }

  @Override
  public Asked asks(List<? extends Delivery> deliveries) {
    List<Asked> asked = new ArrayList<>();
    tell(
        events -> {
          Asked each = events.asks(deliveries);
          if (each != Asked.NOBODY) {
            asked.add(each);
          }
        });
    return asked.isEmpty()
        ? Asked.NOBODY
        : decisions -> asked.forEach(each -> safely(() -> each.decided(decisions)));
  }

  @Override
  public void decided(Delivery delivery, Decision decision, Duration took) {
    tell(events -> events.decided(delivery, decision, took));
  }

  @Override
  public void fingerprintMismatch(Delivery delivery, IdempotencyKey key) {
    tell(events -> events.fingerprintMismatch(delivery, key));
  }

  @Override
  public void settled(IdempotencyKey key, Outcome outcome) {
    tell(events -> events.settled(key, outcome));
  }

  @Override
  public void settleDelayed(IdempotencyKey key, Outcome outcome, String message) {
    tell(events -> events.settleDelayed(key, outcome, message));
  }

  @Override
  public void settleGivenUp(IdempotencyKey key, Outcome outcome, String message) {
    tell(events -> events.settleGivenUp(key, outcome, message));
  }

  @Override
  public void leaseLost(IdempotencyKey key) {
    tell(events -> events.leaseLost(key));
  }

  @Override
  public void claimedAfterwards(IdempotencyKey key) {
    tell(events -> events.claimedAfterwards(key));
  }

  @Override
  public void notClaimedAfterwards(IdempotencyKey key, String message) {
    tell(events -> events.notClaimedAfterwards(key, message));
  }

  @Override
  public void outageBegan(OutageReason reason) {
    tell(events -> events.outageBegan(reason));
  }

  @Override
  public void outageEnded(Duration lasted, long unprotected) {
    tell(events -> events.outageEnded(lasted, unprotected));
  }

  private void tell(Consumer<GuardEvents> event) {
    for (GuardEvents listener : listeners) {
      safely(() -> event.accept(listener));
    }
  }

  private static void safely(Runnable event) {
    try {
      event.run();
    } catch (Throwable e) {
      LOG.warn("a listener of guard events failed", e);
    }
  }
}
