package tech.onceonly.jms.spring;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tech.onceonly.GuardEvents;
import tech.onceonly.jms.Acknowledgement;
import tech.onceonly.jms.JmsGuard;
import tech.onceonly.jms.JmsOptions;

/**
 * Opens the guards of listeners, one for all that read the same and are set alike: a message that
 * fails in one of them and comes again in another is then known. Not thread-safe.
 */
final class ListenerGuards {

  private record Shared(String changed, ListenerSource source, Acknowledgement acknowledgement) {}

  private final Supplier<JmsOptions.Builder> options;
  private final Map<String, UnaryOperator<JmsOptions.Builder>> perListener;
  private final @Nullable Function<String, GuardEvents> events;
  private final Map<Shared, JmsGuard> guards = new HashMap<>();

  ListenerGuards(
      Supplier<JmsOptions.Builder> options,
      Map<String, UnaryOperator<JmsOptions.Builder>> perListener,
      @Nullable Function<String, GuardEvents> events) {
    this.options = options;
    this.perListener = Map.copyOf(perListener);
    this.events = events;
  }

  /**
   * The guard of this listener.
   *
   * @throws tech.onceonly.jms.RefusedException if the API refuses the key at the start
   */
  JmsGuard guardOf(String id, ListenerSource source, Acknowledgement acknowledgement) {
    UnaryOperator<JmsOptions.Builder> change = perListener.get(id);
    Shared shared = new Shared(change == null ? "" : id, source, acknowledgement);
    JmsGuard present = guards.get(shared);
    if (present == null) {
      present = JmsGuard.open(optionsOf(change, source, acknowledgement));
      guards.put(shared, present);
    }
    return present;
  }

  Collection<JmsGuard> all() {
    return List.copyOf(guards.values());
  }

  private JmsOptions optionsOf(
      @Nullable UnaryOperator<JmsOptions.Builder> change,
      ListenerSource source,
      Acknowledgement acknowledgement) {
    JmsOptions.Builder own = options.get();
    JmsOptions.Builder changed = change == null ? own : change.apply(own);
    // Which these are, is the container's to say.
    source.applyTo(changed.acknowledgement(acknowledgement));
    JmsOptions built = changed.build();
    return events == null ? built : changed.events(events.apply(built.scope())).build();
  }
}
