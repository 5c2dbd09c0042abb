package tech.onceonly.metrics;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tech.onceonly.Decision;
import tech.onceonly.Delivery;
import tech.onceonly.GuardEvents;

/**
 * A guard's questions as Micrometer observations, {@value #NAME}: one for each poll, batch or
 * record that is claimed, from the question to the last answer, and not the listener's run. So a
 * trace shows what of a delivery's time is the claim's. {@code docs/metrics.md} has its keys.
 *
 * <p>Its parent is the observation that is current on the asking thread, such as a listener
 * container's. It has no scope of its own. A refusal is its error. Destinations past {@value
 * OnceOnlyMetrics#DEFAULT_MAX_DESTINATIONS} share one value. Thread-safe.
 */
public final class OnceOnlyObservations implements GuardEvents {

  /** Of the observation, and of the timer that Micrometer makes of it. */
  public static final String NAME = "onceonly.claim";

  /** Where the deliveries of one question differ. */
  public static final String SEVERAL = "several";

  private final ObservationRegistry registry;
  private final String group;
  private final Set<String> destinations = ConcurrentHashMap.newKeySet();

  private OnceOnlyObservations(ObservationRegistry registry, String group) {
    this.registry = registry;
    this.group = group;
  }

  /**
   * To be handed to the options' {@code events}.
   *
   * @param group the consumer group or namespace
   */
  public static OnceOnlyObservations of(ObservationRegistry registry, String group) {
    if (group.isBlank()) {
      throw new IllegalArgumentException(
          "group must not be empty: give the consumer group or the namespace");
    }
    return new OnceOnlyObservations(registry, group);
  }

  @Override
  public Asked asks(List<? extends Delivery> deliveries) {
    if (registry.isNoop() || deliveries.isEmpty()) {
      return Asked.NOBODY;
    }
    String destination = one(deliveries.stream().map(Delivery::destination).distinct().toList());
    Observation observation =
        Observation.createNotStarted(NAME, registry)
            .contextualName("claim " + destination)
            .lowCardinalityKeyValue("group", group)
            .lowCardinalityKeyValue("destination", bounded(destination))
            .highCardinalityKeyValue("deliveries", String.valueOf(deliveries.size()))
            .start();
    return decisions -> end(observation, decisions);
  }

  private static void end(Observation observation, List<Decision> decisions) {
    observation.lowCardinalityKeyValue(
        "decision", one(decisions.stream().map(OnceOnlyObservations::word).distinct().toList()));
    for (Decision decision : decisions) {
      if (decision instanceof Decision.Refuse refuse) {
        observation.error(refuse.cause());
        break;
      }
    }
    observation.stop();
  }

  private String bounded(String destination) {
    if (destination.equals(SEVERAL) || destinations.contains(destination)) {
      return destination;
    }
    if (destinations.size() >= OnceOnlyMetrics.DEFAULT_MAX_DESTINATIONS) {
      return OnceOnlyMetrics.OTHER_DESTINATIONS;
    }
    destinations.add(destination);
    return destination;
  }

  private static String one(List<String> different) {
    return different.size() == 1 ? different.get(0) : SEVERAL;
  }

  private static String word(Decision decision) {
    if (decision instanceof Decision.Process) {
      return "process";
    }
    if (decision instanceof Decision.Skip) {
      return "skip";
    }
    if (decision instanceof Decision.Hold) {
      return "hold";
    }
    return decision instanceof Decision.Refuse ? "refuse" : "unprotected";
  }
}
