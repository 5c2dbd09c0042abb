package tech.onceonly.kafka;

import java.time.Duration;
import tech.onceonly.ClaimService;
import tech.onceonly.DeliveryGuard;
import tech.onceonly.Settlement;

/** A consumer's guard with what it stands on: opened together, closed together. */
final class GuardHandle {

  private final DeliveryGuard guard;
  private final Settlements settlements;
  private final ClaimService service;
  private final boolean ownsService;
  private final Duration patience;

  private GuardHandle(KafkaOptions options, Settlement settlement) {
    service = options.openClaimService();
    ownsService = options.ownsClaimService();
    patience = options.pollBudget();
    guard = DeliveryGuard.create(service, options.toGuardOptions(settlement));
    settlements = new Settlements(guard);
  }

  static GuardHandle open(KafkaOptions options, Settlement settlement) {
    return new GuardHandle(options, settlement);
  }

  DeliveryGuard guard() {
    return guard;
  }

  Settlements settlements() {
    return settlements;
  }

  /** Waits, bounded, for settlements under way. Closing twice is a no-op. */
  void close() {
    settlements.await(patience);
    guard.close();
    if (ownsService) {
      service.close();
    }
  }
}
