package tech.onceonly.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tech.onceonly.Decision;
import tech.onceonly.Delivery;
import tech.onceonly.GuardEvents;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.OutageReason;
import tech.onceonly.Outcome;

/**
 * A guard's events as Micrometer meters, all named {@code onceonly.…}; {@code docs/metrics.md} has
 * the table and alerts that make sense.
 *
 * <p>Promises: the number of series is bounded, since keys never become tags and destinations past
 * a bound share one; meters stand in the registry with 0 before they first count, so that the first
 * increase is seen; an event costs a map look-up and an increment, and allocates nothing but when a
 * destination is met for the first time.
 *
 * <p>One instance may serve any number of guards of the same group, and several instances of one
 * group add up on the same meters. Thread-safe.
 */
public final class OnceOnlyMetrics implements GuardEvents {

  /** Destinations with series of their own; each has about twenty. */
  public static final int DEFAULT_MAX_DESTINATIONS = 100;

  /** The tag of all destinations past the bound. */
  public static final String OTHER_DESTINATIONS = "other";

  private final MeterRegistry registry;
  private final Tags tags;
  private final int maxDestinations;
  private final Map<String, DestinationMeters> destinations = new ConcurrentHashMap<>();
  private volatile @Nullable DestinationMeters others;

  private final Map<Outcome, Counter> settled;
  private final Map<Outcome, Counter> delayed;
  private final Map<Outcome, Counter> givenUp;
  private final Counter leasesLost;
  private final Counter claimedAfterwards;
  private final Counter notClaimedAfterwards;
  private final Map<OutageReason, Counter> outages = new EnumMap<>(OutageReason.class);
  private final LongTaskTimer outage;

  /** Outages under way: one at most for each guard, and any of them may end first. */
  private final Queue<LongTaskTimer.Sample> outagesNow = new ConcurrentLinkedQueue<>();

  private OnceOnlyMetrics(MeterRegistry registry, String group, int maxDestinations) {
    this.registry = registry;
    this.maxDestinations = maxDestinations;
    tags = Tags.of("group", group);
    settled = settlements("settled");
    givenUp = settlements("given_up");
    delayed =
        byOutcome(
            outcome ->
                counter(
                    "onceonly.settlements.delayed",
                    "Outcomes that could not be told yet and are tried again in the background",
                    "outcome",
                    word(outcome)));
    leasesLost = counter("onceonly.leases.lost", "Leases that another owner may have taken over");
    claimedAfterwards = afterwards("claimed");
    notClaimedAfterwards = afterwards("not_claimed");
    for (OutageReason reason : OutageReason.values()) {
      outages.put(
          reason,
          counter(
              "onceonly.outages",
              "Outages that began, by what the first unreliable answer was",
              "reason",
              reason.word()));
    }
    outage =
        LongTaskTimer.builder("onceonly.outage")
            .description("Outages under way: how many guards are in one, and for how long")
            .tags(tags)
            .register(registry);
  }

  /**
   * Makes the meters; hand the result to the options' {@code events}.
   *
   * @param group the consumer group or namespace, as a tag
   */
  public static OnceOnlyMetrics bindTo(MeterRegistry registry, String group) {
    return bindTo(registry, group, DEFAULT_MAX_DESTINATIONS);
  }

  /**
   * As {@link #bindTo(MeterRegistry, String)}.
   *
   * @param maxDestinations destinations with series of their own; the others share the tag {@value
   *     #OTHER_DESTINATIONS}. At least 0
   */
  public static OnceOnlyMetrics bindTo(MeterRegistry registry, String group, int maxDestinations) {
    if (group.isBlank()) {
      throw new IllegalArgumentException(
          "group must not be empty: give the consumer group or the namespace");
    }
    if (maxDestinations < 0) {
      throw new IllegalArgumentException(
          "maxDestinations must be at least 0, was " + maxDestinations);
    }
    return new OnceOnlyMetrics(registry, group, maxDestinations);
  }

  @Override
  public void decided(Delivery delivery, Decision decision, Duration took) {
    metersOf(delivery.destination()).decided(decision, took);
  }

  @Override
  public void fingerprintMismatch(Delivery delivery, IdempotencyKey key) {
    metersOf(delivery.destination()).fingerprintMismatch();
  }

  @Override
  public void settled(IdempotencyKey key, Outcome outcome) {
    increment(settled, outcome);
  }

  @Override
  public void settleDelayed(IdempotencyKey key, Outcome outcome, String message) {
    increment(delayed, outcome);
  }

  @Override
  public void settleGivenUp(IdempotencyKey key, Outcome outcome, String message) {
    increment(givenUp, outcome);
  }

  @Override
  public void leaseLost(IdempotencyKey key) {
    leasesLost.increment();
  }

  @Override
  public void claimedAfterwards(IdempotencyKey key) {
    claimedAfterwards.increment();
  }

  @Override
  public void notClaimedAfterwards(IdempotencyKey key, String message) {
    notClaimedAfterwards.increment();
  }

  @Override
  public void outageBegan(OutageReason reason) {
    increment(outages, reason);
    outagesNow.add(outage.start());
  }

  @Override
  public void outageEnded(Duration lasted, long unprotected) {
    LongTaskTimer.Sample ended = outagesNow.poll();
    if (ended != null) {
      ended.stop();
    }
  }

  private DestinationMeters metersOf(String destination) {
    DestinationMeters known = destinations.get(destination);
    if (known != null) {
      return known;
    }
    return destinations.size() < maxDestinations ? add(destination) : others();
  }

  private synchronized DestinationMeters add(String destination) {
    DestinationMeters known = destinations.get(destination);
    if (known == null) {
      if (destinations.size() >= maxDestinations) {
        return others();
      }
      known = new DestinationMeters(registry, tags.and("destination", destination));
      destinations.put(destination, known);
    }
    return known;
  }

  /** Made twice in a race, the registry gives the same meters twice. */
  private DestinationMeters others() {
    DestinationMeters present = others;
    if (present == null) {
      present = new DestinationMeters(registry, tags.and("destination", OTHER_DESTINATIONS));
      others = present;
    }
    return present;
  }

  private Map<Outcome, Counter> settlements(String result) {
    return byOutcome(
        outcome ->
            counter(
                "onceonly.settlements",
                "Outcomes of the listener that the service was told, or never will be",
                "outcome",
                word(outcome),
                "result",
                result));
  }

  private Counter afterwards(String result) {
    return counter(
        "onceonly.afterwards",
        "Keys processed unprotected, or not completed, in an outage: claimed after it, or given up",
        "result",
        result);
  }

  private Counter counter(String name, String description, String... more) {
    return Counter.builder(name).description(description).tags(tags.and(more)).register(registry);
  }

  private static Map<Outcome, Counter> byOutcome(Function<Outcome, Counter> make) {
    Map<Outcome, Counter> counters = new EnumMap<>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      counters.put(outcome, make.apply(outcome));
    }
    return counters;
  }

  private static String word(Outcome outcome) {
    return outcome == Outcome.SUCCEEDED ? "succeeded" : "failed";
  }

  private static <E extends Enum<E>> void increment(Map<E, Counter> counters, E by) {
    Objects.requireNonNull(counters.get(by)).increment();
  }
}
