package tech.onceonly.server;

import java.time.Duration;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.Collection;
import java.util.Collections;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts calls by day (UTC), for the latest days only. Counters live in this process and start at
 * zero with it. Thread-safe.
 */
final class Usage {
  /** A month and the one before, whole. */
  static final int DAYS_KEPT = 62;

  private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

  private final ConcurrentSkipListMap<Long, Day> days = new ConcurrentSkipListMap<>();
  private volatile Day current = new Day(Long.MIN_VALUE);

  /** What is counted apart: check-locks and leases. */
  enum Kind {
    MAKE,
    AI
  }

  /** The counts of one kind over some days. */
  record Totals(long requests, long blocked) {}

  /** The counts of one day. */
  static final class Day {
    private final long epochDay;
    private final Counts make = new Counts();
    private final Counts ai = new Counts();

    private Day(long epochDay) {
      this.epochDay = epochDay;
    }

    LocalDate date() {
      return LocalDate.ofEpochDay(epochDay);
    }

    Totals totals(Kind kind) {
      Counts counts = of(kind);
      return new Totals(counts.requests.sum(), counts.blocked.sum());
    }

    private Counts of(Kind kind) {
      return kind == Kind.MAKE ? make : ai;
    }
  }

  private static final class Counts {
    private final LongAdder requests = new LongAdder();
    private final LongAdder blocked = new LongAdder();
  }

  void count(Kind kind, long nowMillis, boolean blocked) {
    Counts counts = dayOf(nowMillis).of(kind);
    counts.requests.increment();
    if (blocked) {
      counts.blocked.increment();
    }
  }

  Totals month(Kind kind, YearMonth month) {
    long requests = 0;
    long blocked = 0;
    for (Day day : between(month.atDay(1), month.atEndOfMonth())) {
      Totals totals = day.totals(kind);
      requests += totals.requests();
      blocked += totals.blocked();
    }
    return new Totals(requests, blocked);
  }

  /** The days on which anything was counted, of those that are kept, both ends included. */
  Collection<Day> between(LocalDate first, LocalDate last) {
    return first.isAfter(last)
        ? Collections.emptyList()
        : days.subMap(first.toEpochDay(), true, last.toEpochDay(), true).values();
  }

  private Day dayOf(long nowMillis) {
    long epochDay = Math.floorDiv(nowMillis, DAY_MILLIS);
    Day latest = current;
    if (latest.epochDay == epochDay) {
      return latest;
    }
    Day day = days.computeIfAbsent(epochDay, Day::new);
    current = day;
    days.headMap(epochDay - DAYS_KEPT).clear();
    return day;
  }
}
