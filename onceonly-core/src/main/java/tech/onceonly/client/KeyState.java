package tech.onceonly.client;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What holds a key at the server: a check-lock claim, a lease, both or neither. Never whose it is.
 *
 * @param checkLock null where no live claim holds it
 * @param lease null where it is free to lease
 */
public record KeyState(String key, @Nullable CheckLock checkLock, @Nullable Lease lease) {

  /**
   * A live check-lock claim. Parts that were not told are null.
   *
   * @param ttl how long it was to be remembered
   * @param ttlLeft until it is forgotten
   */
  public record CheckLock(
      @Nullable Instant firstSeenAt, @Nullable Duration ttl, @Nullable Duration ttlLeft) {}

  /**
   * A lease that is held or has ended. Parts that were not told are null.
   *
   * @param status the service's word, in lower case: in_progress, completed or failed
   * @param version grows with each owner of the key; 0 where not told
   * @param ttlLeft until it runs out without a heartbeat; 0 where it has ended
   * @param doneAt null while it is in progress
   * @param errorCode null unless it failed
   */
  public record Lease(
      String status,
      long version,
      @Nullable Instant firstSeenAt,
      @Nullable Duration ttl,
      @Nullable Duration ttlLeft,
      @Nullable Instant doneAt,
      @Nullable String errorCode) {}

  /** Whether the next delivery with this key would be skipped, or would have to wait. */
  public boolean isHeld() {
    return checkLock != null || lease != null;
  }
}
