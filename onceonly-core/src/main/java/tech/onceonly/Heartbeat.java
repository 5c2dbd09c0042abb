package tech.onceonly;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Extends every lease that is at work, at a third of its TTL, for as long as one run of a listener
 * may take. One sweep over the own claims serves them all; there is no timer for each.
 */
final class Heartbeat {

  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);

  private final ClaimService service;
  private final GuardOptions options;
  private final GuardEvents events;
  private final OwnClaims own;

  Heartbeat(ClaimService service, GuardOptions options, GuardEvents events, OwnClaims own) {
    this.service = service;
    this.options = options;
    this.events = events;
    this.own = own;
  }

  void beat(ScheduledExecutorService scheduler) {
    long every = Math.max(50, options.leaseTtl.toMillis() / 12);
    ScheduledFuture<?> unused =
        scheduler.scheduleWithFixedDelay(this::sweep, every, every, TimeUnit.MILLISECONDS);
  }

  private void sweep() {
    long now = options.nanoTime.getAsLong();
    for (Claim claim : own.all()) {
      String leaseId = claim.leaseId();
      if (leaseId != null && !claim.isLost() && isDue(claim, now)) {
        extend(claim, leaseId, now);
      }
    }
  }

  private boolean isDue(Claim claim, long now) {
    synchronized (claim) {
      boolean atWork = claim.state == Claim.State.RUNNING || claim.state == Claim.State.COMPLETING;
      return atWork
          && now - claim.heldSinceNanos > claim.ttlNanos / 3
          && !(claim.state == Claim.State.RUNNING && isTooLong(claim, now));
    }
  }

  /** Under the claim's monitor. Whoever hangs must not keep the next owner waiting for ever. */
  private boolean isTooLong(Claim claim, long now) {
    if (now - claim.poll.progressNanos <= options.maxRenewal.toNanos()) {
      return false;
    }
    if (!claim.unrenewed) {
      claim.unrenewed = true;
      LOG.warn(
          "the listener of {} has been at work for more than {} s (maxRenewal): its lease is no"
              + " longer renewed, and another may run the effect too",
          claim.key().forLogs(options.hashKeysInLogs),
          options.maxRenewal.toSeconds());
    }
    if (claim.hasRunOut(now)) {
      claim.lose();
    }
    return true;
  }

  private void extend(Claim claim, String leaseId, long sent) {
    service
        .extend(claim.key(), leaseId, options.leaseTtl, options.callTimeout)
        .whenComplete(
            (answer, failure) -> {
              if (answer instanceof SettleAnswer.Done) {
                synchronized (claim) {
                  claim.heldSinceNanos = sent;
                }
              } else if (answer instanceof SettleAnswer.LeaseLost && atWorkWith(claim, leaseId)) {
                claim.lose();
                LOG.warn(
                    "the lease of {} was lost while its listener ran: another may run it too",
                    claim.key().forLogs(options.hashKeysInLogs));
                events.leaseLost(claim.key());
              }
              // Anything else: the next sweep asks again, and the lease lasts two more thirds.
            });
  }

  /** A heartbeat that crossed the settlement on the wire loses nothing. */
  private static boolean atWorkWith(Claim claim, String leaseId) {
    synchronized (claim) {
      return claim.state == Claim.State.RUNNING && leaseId.equals(claim.leaseId());
    }
  }
}
