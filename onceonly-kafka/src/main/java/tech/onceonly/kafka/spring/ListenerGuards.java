package tech.onceonly.kafka.spring;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tech.onceonly.GuardEvents;
import tech.onceonly.Settlement;
import tech.onceonly.kafka.KafkaGuard;
import tech.onceonly.kafka.KafkaOptions;

/**
 * Opens the guards of listeners, one for all whose effects are one: a retry in this process is then
 * known by all its consumers. Not thread-safe.
 */
final class ListenerGuards {

  private record Shared(String listener, String group, String apart, Settlement settlement) {}

  private final Supplier<KafkaOptions.Builder> options;
  private final Map<String, UnaryOperator<KafkaOptions.Builder>> perListener;
  private final @Nullable Function<String, GuardEvents> events;
  private final Map<Shared, KafkaGuard> guards = new HashMap<>();

  ListenerGuards(
      Supplier<KafkaOptions.Builder> options,
      Map<String, UnaryOperator<KafkaOptions.Builder>> perListener,
      @Nullable Function<String, GuardEvents> events) {
    this.options = options;
    this.perListener = Map.copyOf(perListener);
    this.events = events;
  }

  /**
   * The guard of this listener.
   *
   * @throws tech.onceonly.kafka.RefusedException if the API refuses the key at the start
   */
  KafkaGuard guardOf(ListenerScope scope, boolean batch) {
    String changed = perListener.containsKey(scope.id()) ? scope.id() : scope.mainId();
    // A batch is handed over whole: an equal key further on in it must not wait for the first.
    Settlement settlement = batch ? Settlement.BY_COMMIT : Settlement.BY_OUTCOME;
    Shared shared =
        new Shared(
            perListener.containsKey(changed) ? changed : "",
            scope.group(),
            scope.apart(),
            settlement);
    KafkaGuard present = guards.get(shared);
    if (present == null) {
      present = KafkaGuard.open(optionsOf(scope, changed), settlement);
      guards.put(shared, present);
    }
    return present;
  }

  /** All that are open, in no order. */
  Collection<KafkaGuard> all() {
    return List.copyOf(guards.values());
  }

  void close() {
    guards.values().forEach(KafkaGuard::close);
  }

  private KafkaOptions optionsOf(ListenerScope scope, String changed) {
    KafkaOptions.Builder own = options.get().autoCommit(false);
    if (!scope.group().isEmpty()) {
      own.groupId(scope.group());
    }
    if (events != null) {
      String named = scope.group().isEmpty() ? changed : scope.group();
      own.events(events.apply(named + scope.apart()));
    }
    KafkaOptions.Builder builder =
        perListener.getOrDefault(changed, UnaryOperator.identity()).apply(own);
    KafkaOptions built = builder.build();
    // Also where a namespace is set, which is the listener's.
    return scope.apart().isEmpty()
        ? built
        : builder.namespace(built.namespace() + scope.apart()).build();
  }
}
