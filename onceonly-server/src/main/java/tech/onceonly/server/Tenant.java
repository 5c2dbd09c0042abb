package tech.onceonly.server;

import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import tech.onceonly.server.store.ClaimStore;
import tech.onceonly.server.store.TenantStore;

/**
 * Whom API keys belong to: a key space, limits and counts of its own. Thread-safe.
 *
 * <p>Counts live in this process and begin at zero with it, and so do the limits that go by them.
 */
final class Tenant {
  private final TenantSettings settings;
  private final InstantSource clock;
  private final ClaimStore store;
  private final Ledger ledger;
  private final RateLimit rate;

  Tenant(
      TenantSettings settings,
      ClaimStore shared,
      InstantSource clock,
      ServerProbe probe,
      ServerMetrics metrics) {
    this.settings = settings;
    this.clock = clock;
    this.store = new TenantStore(shared, settings.name());
    this.ledger = new Ledger(settings.name(), clock, probe, metrics);
    this.rate = new RateLimit(settings.requestsPerSecond(), clock);
  }

  TenantSettings settings() {
    return settings;
  }

  Plan plan() {
    return settings.plan();
  }

  /** Its keys alone. */
  ClaimStore store() {
    return store;
  }

  Ledger ledger() {
    return ledger;
  }

  RateLimit rate() {
    return rate;
  }

  boolean isLimitEnforced() {
    return settings.limitPerMonth() != null;
  }

  /** Check-locks a month, and leases a month. */
  long limitPerMonth() {
    Long own = settings.limitPerMonth();
    return own == null ? plan().checkLocksPerMonth() : own;
  }

  /** What counts towards the month's limit: every check-lock, and every lease that was acquired. */
  long usedThisMonth(Usage.Kind kind) {
    return used(kind, ledger.usage().month(kind, month()));
  }

  static long used(Usage.Kind kind, Usage.Totals totals) {
    return kind == Usage.Kind.MAKE ? totals.requests() : totals.requests() - totals.blocked();
  }

  /** What has been used, where that is all that it may use; null where a call may go on. */
  @Nullable Long usedUp(Usage.Kind kind) {
    if (!isLimitEnforced()) {
      return null;
    }
    long used = usedThisMonth(kind);
    return used < limitPerMonth() ? null : used;
  }

  private YearMonth month() {
    return YearMonth.from(clock.instant().atZone(ZoneOffset.UTC));
  }
}
