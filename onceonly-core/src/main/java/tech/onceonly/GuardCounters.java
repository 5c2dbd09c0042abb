package tech.onceonly;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Counts a guard's events by name, such as {@code decision.skip.duplicate}. Names are of a fixed
 * set; keys are not among them. Thread-safe.
 */
public final class GuardCounters implements GuardEvents {

  private static final Map<Enum<?>, String> OF_REASONS = ofReasons();

  private static final List<String> NAMES =
      Stream.concat(
              OF_REASONS.values().stream(),
              Stream.of(
                  "decision.process",
                  "decision.refuse",
                  "fingerprint.mismatch",
                  "settled.succeeded",
                  "settled.failed",
                  "settle.delayed",
                  "settle.given_up",
                  "lease.lost",
                  "afterwards.claimed",
                  "afterwards.not_claimed",
                  "outage.began",
                  "outage.ended"))
          .sorted()
          .toList();

  private final Map<String, LongAdder> counts =
      NAMES.stream().collect(Collectors.toUnmodifiableMap(name -> name, name -> new LongAdder()));

  /** Everything that is counted, sorted; decisions begin with {@code decision.}. */
  public static List<String> names() {
    return NAMES;
  }

  /** How often this has happened. */
  public long count(String name) {
    LongAdder adder = counts.get(name);
    return adder == null ? 0 : adder.sum();
  }

  /** All that has happened, by name; what has not is left out. */
  public Map<String, Long> snapshot() {
    Map<String, Long> snapshot = new TreeMap<>();
    counts.forEach(
        (name, adder) -> {
          long count = adder.sum();
          if (count != 0) {
            snapshot.put(name, count);
          }
        });
    return snapshot;
  }

  /** The name under which a decision is counted. */
  public static String nameOf(Decision decision) {
    if (decision instanceof Decision.Process) {
      return "decision.process";
    }
    if (decision instanceof Decision.ProcessUnprotected unprotected) {
      return nameOf(unprotected.reason());
    }
    if (decision instanceof Decision.Skip skip) {
      return nameOf(skip.reason());
    }
    if (decision instanceof Decision.Hold hold) {
      return nameOf(hold.reason());
    }
    return "decision.refuse";
  }

  @Override
  public void decided(Delivery delivery, Decision decision, Duration took) {
    add(nameOf(decision));
  }

  @Override
  public void fingerprintMismatch(Delivery delivery, IdempotencyKey key) {
    add("fingerprint.mismatch");
  }

  @Override
  public void settled(IdempotencyKey key, Outcome outcome) {
    add(outcome == Outcome.SUCCEEDED ? "settled.succeeded" : "settled.failed");
  }

  @Override
  public void settleDelayed(IdempotencyKey key, Outcome outcome, String message) {
    add("settle.delayed");
  }

  @Override
  public void settleGivenUp(IdempotencyKey key, Outcome outcome, String message) {
    add("settle.given_up");
  }

  @Override
  public void leaseLost(IdempotencyKey key) {
    add("lease.lost");
  }

  @Override
  public void claimedAfterwards(IdempotencyKey key) {
    add("afterwards.claimed");
  }

  @Override
  public void notClaimedAfterwards(IdempotencyKey key, String message) {
    add("afterwards.not_claimed");
  }

  @Override
  public void outageBegan(OutageReason reason) {
    add("outage.began");
  }

  @Override
  public void outageEnded(Duration lasted, long unprotected) {
    add("outage.ended");
  }

  private void add(String name) {
    Objects.requireNonNull(counts.get(name)).increment();
  }

  private static String nameOf(Enum<?> reason) {
    return Objects.requireNonNull(OF_REASONS.get(reason));
  }

  private static Map<Enum<?>, String> ofReasons() {
    Map<Enum<?>, String> names = new HashMap<>();
    addNames(names, "decision.unprotected.", Decision.UnprotectedReason.values());
    addNames(names, "decision.skip.", Decision.SkipReason.values());
    addNames(names, "decision.hold.", Decision.HoldReason.values());
    return Map.copyOf(names);
  }

  private static void addNames(Map<Enum<?>, String> names, String prefix, Enum<?>[] values) {
    for (Enum<?> value : values) {
      names.put(value, prefix + value.name().toLowerCase(Locale.ROOT));
    }
  }
}
