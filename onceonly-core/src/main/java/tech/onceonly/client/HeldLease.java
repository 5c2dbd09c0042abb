package tech.onceonly.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A lease, kept alive by a heartbeat until it is settled. */
final class HeldLease implements Held {

  private static final Logger LOG = LoggerFactory.getLogger(HeldLease.class);
  private static final Duration ASSUMED_TTL = Duration.ofSeconds(60);
  private static final int BEATS_PER_TTL = 3;
  private static final int MAX_TRIES = 10;

  private final OnceOnlyClient client;
  private final LeaseResult.Acquired lease;
  private final @Nullable Duration ttl;
  private final Duration betweenBeats;
  private final long renewedUntil;
  private volatile boolean settled;

  HeldLease(
      OnceOnlyClient client,
      LeaseResult.Acquired lease,
      @Nullable Duration askedTtl,
      Duration maxRenewal) {
    this.client = client;
    this.lease = lease;
    this.ttl = lease.ttl() != null ? wholeSeconds(lease.ttl()) : askedTtl;
    this.renewedUntil = client.nanoClock().getAsLong() + maxRenewal.toNanos();
    this.betweenBeats = (ttl == null ? ASSUMED_TTL : ttl).dividedBy(BEATS_PER_TTL);
  }

  HeldLease keepAlive() {
    client.timer().after(betweenBeats, this::beat);
    return this;
  }

  @Override
  public CompletableFuture<Void> done(@Nullable Object result) {
    CompletableFuture<Void> tried = new CompletableFuture<>();
    complete(result, 0, tried);
    return tried;
  }

  @Override
  public CompletableFuture<Void> giveBack() {
    settled = true;
    return client
        .cancel(lease.key(), lease.leaseId(), "failed")
        .handle(
            (state, failure) -> {
              if (failure != null) {
                LOG.warn(
                    "a failed call's lease could not be given back, and runs out by itself: {}",
                    failure.toString());
              }
              return null;
            });
  }

  private void beat() {
    if (settled) {
      return;
    }
    if (client.nanoClock().getAsLong() - renewedUntil > 0) {
      LOG.warn(
          "a call has been at work for longer than maxRenewal: its lease is no longer renewed, and"
              + " another may run it too");
      return;
    }
    var unused =
        client
            .extend(lease.key(), lease.leaseId(), ttl)
            .whenComplete(
                (state, failure) -> {
                  if (failure instanceof LeaseLostException) {
                    LOG.warn("a lease was lost while its function ran: another may run it too");
                  } else if (!(failure instanceof ClientClosedException)) {
                    client.timer().after(betweenBeats, this::beat);
                  }
                });
  }

  /** The effect has happened: from here on nothing takes it back, and storing is tried again. */
  private void complete(@Nullable Object result, int tries, CompletableFuture<Void> firstTry) {
    CompletableFuture<LeaseState> call;
    try {
      call = client.complete(lease.key(), lease.leaseId(), result, null);
    } catch (IllegalArgumentException e) {
      LOG.warn("a result is not stored, so that later callers get none: {}", e.getMessage());
      call = client.complete(lease.key(), lease.leaseId());
    }
    var unused =
        call.whenComplete(
            (state, failure) -> {
              if (failure != null) {
                completeAgain(result, tries, failure);
              } else {
                settled = true;
              }
              firstTry.complete(null);
            });
  }

  private void completeAgain(@Nullable Object result, int tries, Throwable failure) {
    boolean refused = failure instanceof ValidationException || isTooLarge(failure);
    if (refused && result != null) {
      LOG.warn("a result is refused, so that later callers get none: {}", failure.toString());
      complete(null, tries + 1, new CompletableFuture<>());
    } else if (refused
        || failure instanceof LeaseLostException
        || failure instanceof ClientClosedException
        || tries >= MAX_TRIES) {
      settled = true;
      LOG.warn("a call has run, and could not be marked as completed: {}", failure.toString());
    } else {
      client
          .timer()
          .after(
              RetryOptions.NONE.backoffBefore(tries),
              () -> complete(result, tries + 1, new CompletableFuture<>()));
    }
  }

  private static boolean isTooLarge(Throwable failure) {
    return failure instanceof ApiException api && api.status() == 413;
  }

  private static Duration wholeSeconds(Duration ttl) {
    return Duration.ofSeconds(Math.max(1, ttl.toSeconds()));
  }
}
