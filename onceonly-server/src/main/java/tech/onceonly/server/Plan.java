package tech.onceonly.server;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A plan of the OnceOnly API: how long a claim lives where the caller does not say, how long it may
 * live at most, and how many check-locks a month it stands for.
 *
 * <p>TTLs are whole seconds. The plan's monthly limit is only reported by {@code /usage}; what this
 * server refuses beyond is a tenant's own limit.
 */
public enum Plan {
  /** 60 seconds by default, an hour at most. */
  FREE(60, 3_600, 1_000),
  /** An hour by default, a day at most. */
  STARTER(3_600, 86_400, 20_000),
  /** Six hours by default, seven days at most. */
  PRO(21_600, 604_800, 200_000),
  /** A day by default, thirty days at most. */
  AGENCY(86_400, 2_592_000, 2_000_000);

  private final long defaultTtlSeconds;
  private final long maxTtlSeconds;
  private final long checkLocksPerMonth;
  private final String word;

  Plan(long defaultTtlSeconds, long maxTtlSeconds, long checkLocksPerMonth) {
    this.defaultTtlSeconds = defaultTtlSeconds;
    this.maxTtlSeconds = maxTtlSeconds;
    this.checkLocksPerMonth = checkLocksPerMonth;
    this.word = name().toLowerCase(Locale.ROOT);
  }

  /** The plan of that word, in any case; null where there is none. */
  static @Nullable Plan ofWord(String word) {
    for (Plan plan : values()) {
      if (plan.word.equalsIgnoreCase(word)) {
        return plan;
      }
    }
    return null;
  }

  /** The TTL to hold a claim for: the asked one within the maximum, or the default where 0. */
  long grantTtlSeconds(long askedSeconds) {
    return askedSeconds == 0 ? defaultTtlSeconds : Math.min(askedSeconds, maxTtlSeconds);
  }

  /** The TTL, in seconds, where a request names none. */
  public long defaultTtlSeconds() {
    return defaultTtlSeconds;
  }

  /** The longest TTL, in seconds; longer ones are cut to it. */
  public long maxTtlSeconds() {
    return maxTtlSeconds;
  }

  /** The check-locks a month that the hosted plan allows; reported, not enforced here. */
  public long checkLocksPerMonth() {
    return checkLocksPerMonth;
  }

  /** The plan's name on the wire. */
  public String word() {
    return word;
  }
}
