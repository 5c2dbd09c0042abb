package tech.onceonly.server;

import io.vertx.core.MultiMap;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Answers what is asked about the account. One an event loop. */
final class AccountCalls {
  private static final int DEFAULT_EVENTS = 50;
  private static final int DEFAULT_METRICS_DAYS = 30;
  private static final int DAY_LENGTH = "2026-01-31".length();

  private final InstantSource clock;
  private final JsonWriter json;
  private final ErrorAnswers errors;

  AccountCalls(InstantSource clock, JsonWriter json, ErrorAnswers errors) {
    this.clock = clock;
    this.json = json;
    this.errors = errors;
  }

  void me(Exchange exchange) {
    Tenant tenant = exchange.tenant();
    Plan plan = tenant.plan();
    json.start()
        .field("tenant", tenant.settings().name())
        .field("plan", plan.word())
        .field("default_ttl", plan.defaultTtlSeconds())
        .field("max_ttl", plan.maxTtlSeconds())
        .field("limit", tenant.limitPerMonth())
        .field("limit_enforced", tenant.isLimitEnforced());
    exchange.send(200, json.end());
  }

  void usage(Exchange exchange, MultiMap query) {
    String asked = query.get("kind");
    Usage.Kind kind = asked == null ? Usage.Kind.MAKE : kindOf(asked);
    if (kind == null) {
      errors.invalid(
          exchange,
          List.of(InputError.ofQuery("kind", "enum", "Input should be 'make' or 'ai'", asked)));
      return;
    }
    json.start().field("plan", exchange.tenant().plan().word());
    writeUsage(kind, exchange.tenant());
    exchange.send(200, json.end());
  }

  void usageAll(Exchange exchange) {
    json.start().field("plan", exchange.tenant().plan().word());
    for (Usage.Kind kind : Usage.Kind.values()) {
      json.startObject(wordOf(kind));
      writeUsage(kind, exchange.tenant());
      json.endObject();
    }
    exchange.send(200, json.end());
  }

  void events(Exchange exchange, MultiMap query) {
    Integer limit = limitOf(query.get("limit"), DEFAULT_EVENTS);
    if (limit == null) {
      errors.invalid(
          exchange,
          List.of(
              InputError.ofQuery(
                  "limit",
                  "int_parsing",
                  "Input should be a whole number of at least 1",
                  query.get("limit"))));
      return;
    }
    json.start().startArray("events");
    for (EventLog.Event event : exchange.tenant().ledger().events().latest(limit)) {
      json.startElement()
          .moment("at", event.atMillis())
          .field("type", event.type())
          .field("key", event.key())
          .endObject();
    }
    exchange.send(200, json.endArray().end());
  }

  void stats(Exchange exchange) {
    long now = clock.millis();
    Activity activity = exchange.tenant().ledger().activity();
    json.start().moment("now", now);
    writeSlots("seconds", activity.seconds(now));
    writeSlots("minutes", activity.minutes(now));
    exchange.send(200, json.end());
  }

  void metrics(Exchange exchange, MultiMap query) {
    LocalDate last = dayOf(query.get("to_day"), today());
    LocalDate first =
        last == null
            ? null
            : dayOf(query.get("from_day"), last.minusDays(DEFAULT_METRICS_DAYS - 1));
    if (first == null || last == null) {
      String wrong = last == null ? "to_day" : "from_day";
      errors.invalid(
          exchange,
          List.of(
              InputError.ofQuery(
                  wrong,
                  "date_parsing",
                  "Input should be a date such as 2026-01-31",
                  query.get(wrong))));
      return;
    }
    json.start()
        .field("from_day", first.toString())
        .field("to_day", last.toString())
        .startArray("days");
    for (Usage.Day day : exchange.tenant().ledger().usage().between(first, last)) {
      json.startElement().field("day", day.date().toString());
      for (Usage.Kind kind : Usage.Kind.values()) {
        Usage.Totals totals = day.totals(kind);
        json.startObject(wordOf(kind))
            .field("requests", totals.requests())
            .field("blocked", totals.blocked())
            .endObject();
      }
      json.endObject();
    }
    exchange.send(200, json.endArray().end());
  }

  private void writeUsage(Usage.Kind kind, Tenant tenant) {
    YearMonth month = YearMonth.from(today());
    Usage.Totals totals = tenant.ledger().usage().month(kind, month);
    json.field("month", month.toString())
        .field("usage", Tenant.used(kind, totals))
        .field("limit", tenant.limitPerMonth())
        .field("limit_enforced", tenant.isLimitEnforced())
        .field("requests_total_month", totals.requests())
        .field("blocked_total_month", totals.blocked());
  }

  private void writeSlots(String name, List<Activity.Slot> slots) {
    json.startArray(name);
    for (Activity.Slot slot : slots) {
      json.startElement().moment("at", slot.beganMillis()).startObject("counts");
      slot.counts().forEach(json::field);
      json.endObject().endObject();
    }
    json.endArray();
  }

  private LocalDate today() {
    return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
  }

  private static String wordOf(Usage.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private static Usage.@Nullable Kind kindOf(String word) {
    return switch (word) {
      case "make" -> Usage.Kind.MAKE;
      case "ai" -> Usage.Kind.AI;
      default -> null;
    };
  }

  /** Null where it is no whole number of at least 1. */
  static @Nullable Integer limitOf(@Nullable String text, int otherwise) {
    if (text == null) {
      return otherwise;
    }
    try {
      int limit = Integer.parseInt(text);
      return limit < 1 ? null : limit;
    } catch (NumberFormatException e) {
      // Answered as 422 by the caller.
      return null;
    }
  }

  private static @Nullable LocalDate dayOf(@Nullable String text, LocalDate otherwise) {
    if (text == null) {
      return otherwise;
    }
    try {
      // By length, for far-off years are written with a sign and more digits.
      return text.length() == DAY_LENGTH ? LocalDate.parse(text) : null;
    } catch (DateTimeException e) {
      // Answered as 422 by the caller.
      return null;
    }
  }
}
